import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { AgentRunResult, RunFailureDetails, RunState } from '../../../contract/runs';
import type { Scenario } from '../../../testing';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { duvo, setUpDuvoWorkflows, stack } from '../../support/duvo-workflows';
import { eventually, QUICK_WATCH, waitForIdlePoll, waitForOpenGate } from '../../support/stack';

const test = concurrentTests();

setUpDuvoWorkflows({ simulator: { idempotencyKeyMode: 'ignore' } });

const FOREVER = { status: 'running' };
const INTERRUPTED = { end: 'interrupted' as const };
const COMPLETED = { end: 'completed' as const };
const ASK = { ask: { type: 'approval' as const, title: 'Pay?' } };

const start = (agentId: string, steps: Scenario['steps'], input: object = {}): Promise<WorkflowHandle> => {
  stack.simulator.script(agentId, { steps, lastMessage: 'done' });
  return stack.start({ agentId, ...input });
};
const state = (handle: WorkflowHandle) => handle.query<RunState>('runState');
const runOf = (agentId: string) => stack.simulator.runs.find((run) => run.agentId === agentId);
const messageSent = (agentId: string) =>
  stack.simulator.waitFor(
    (entry) => entry.operation === 'post-message' && entry.agentId === agentId && entry.committed,
  );
const cancel = async (handle: WorkflowHandle) => {
  await handle.cancel();
  await failureOf(handle.result());
  return (await state(handle)).cancel;
};
/** Resumes a run as somebody who uses the API beside the workflow. */
const resumeInDuvo = (runId: string) =>
  fetch(`${stack.simulator.url}/v1/runs/${runId}/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stack.simulator.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ message: 'mine' }),
  });

describe('a cancellation', () => {
  test('after a resume stops the run while Duvo still shows it as interrupted', async () => {
    const agentId = 'stale';
    stack.simulator.addFault({ operation: 'get', agentId, skip: 1, times: 4, effect: { staleEnd: true } });
    const handle = await start(agentId, [{ status: 'running', polls: 1 }, INTERRUPTED, FOREVER], {
      resume: { times: 1 },
      watch: { every: [{ every: '60s' }] },
    });
    await handle.signal('hint', {});
    await messageSent(agentId);
    await waitForIdlePoll(handle);
    expect(await cancel(handle)).toBe('confirmed');
    expect(runOf(agentId)).toMatchObject({ status: 'canceled' });
  });

  test('while the message that resumes the run has no response stops the run', async () => {
    const agentId = 'lost';
    stack.simulator.addFault({ operation: 'post-message', agentId, effect: { dropResponse: true } });
    stack.simulator.addFault({ operation: 'post-message', agentId, times: Infinity, effect: { status: 503 } });
    stack.simulator.addFault({ operation: 'get', agentId, skip: 1, times: 3, effect: { staleEnd: true } });
    const handle = await start(agentId, [INTERRUPTED, FOREVER], { resume: { times: 1 } });
    await messageSent(agentId);
    expect(await cancel(handle)).toBe('confirmed');
    expect(runOf(agentId)).toMatchObject({ status: 'canceled' });
  });

  test('while the message that requests a valid output has no response stops the run', async () => {
    const agentId = 'output';
    stack.simulator.addFault({ operation: 'post-message', agentId, effect: { dropResponse: true } });
    stack.simulator.addFault({ operation: 'post-message', agentId, times: Infinity, effect: { status: 503 } });
    stack.simulator.addFault({ operation: 'get', agentId, skip: 1, times: 3, effect: { staleEnd: true } });
    const handle = await start(agentId, [COMPLETED, FOREVER], { output: { schema: {} } });
    await messageSent(agentId);
    expect(await cancel(handle)).toBe('confirmed');
    expect(runOf(agentId)).toMatchObject({ status: 'canceled' });
  });

  test('of an attached run that was not read yet stops the run', async () => {
    stack.simulator.script('attached', { steps: [FOREVER] });
    const runId = stack.simulator.startInDuvo('attached');
    const held = stack.simulator.addFault({ operation: 'get', runId, effect: { hold: 'before' } });
    const handle = await stack.start({ runId });
    await stack.simulator.waitFor((entry) => entry.runId === runId && entry.fault !== undefined);
    const cancelled = cancel(handle);
    await stack.simulator.waitFor((entry) => entry.runId === runId && entry.abandoned === true);
    held.release();
    expect(await cancelled).toBe('confirmed');
    expect(stack.simulator.getRun(runId).status).toBe('canceled');
  });
});

describe('a deadline that passes while a message to the ended run has no response', () => {
  test.each([
    ['resumes the run', 'deadline resume', INTERRUPTED, { resume: { times: 1 } }],
    ['requests a valid output', 'deadline output', COMPLETED, { output: { schema: {} } }],
  ])('stops the run, which continues, when the message %s', async (_what, agentId, end, input) => {
    const held = stack.simulator.addFault({ operation: 'post-message', agentId, effect: { hold: 'after' } });
    stack.simulator.script(agentId, { steps: [end, FOREVER], lastMessage: 'done' });
    const runId = stack.simulator.startInDuvo(agentId);
    const handle = await stack.start({ runId, deadline: '4s', ...input });
    const failure = await failureOf(handle.result());
    held.release();
    expect(failure.type).toBe('Duvo.RunDeadlineExceeded');
    expect((failure.details as [RunFailureDetails])[0].stopOutcome).toBe('confirmed');
    expect(stack.simulator.getRun(runId).status).toBe('canceled');
  });
});

describe('a message that Duvo refuses with 409', () => {
  const REFUSED = { status: 409, body: { code: 'run_not_resumable', message: 'no' } };

  test('is not taken for a running run: the message is repeated until the run continues', async () => {
    const agentId = 'refused once';
    const fault = stack.simulator.addFault({ operation: 'post-message', agentId, times: 2, effect: REFUSED });
    const handle = await start(agentId, [INTERRUPTED, COMPLETED], { resume: { times: 1 } });
    expect(await handle.result()).toMatchObject({ status: 'completed', resumeCount: 1 });
    expect(fault.hits).toBe(2);
  });
});

test('a run whose gate timed out, but which the stop finds completed, has completed with its output', async () => {
  const agentId = 'late';
  const handle = await start(agentId, [ASK, COMPLETED], {
    gate: { due: '3s', onTimeout: 'fail' },
    watch: { every: [{ every: 200 }], atGate: '60s' },
  });
  const { gateId } = await waitForOpenGate(handle);
  const { runId = '' } = await state(handle);
  await waitForIdlePoll(handle);
  stack.simulator.answerInDuvo(runId, gateId, { approved: true });
  // The poll at the due time is not answered, so that only the stop sees what happened.
  stack.simulator.addFault({ operation: 'get', runId, effect: { status: 422, body: '<html>' } });
  const result = (await handle.result()) as AgentRunResult;
  expect(result).toMatchObject({ status: 'completed', output: 'done' });
  expect(result.gates).toMatchObject([{ outcome: 'answered-elsewhere' }]);
  expect(stack.simulator.getRun(runId).stopRequests).toBe(0);
});

describe('a run that waits for a person while Duvo shows no request', () => {
  test('lists a gate of type unknown, which can be answered in Duvo only', async () => {
    const handle = await start('unseen', [{ status: 'waiting' }]);
    const gate = await waitForOpenGate(handle);
    const { runId = '' } = await state(handle);
    expect(gate).toMatchObject({
      type: 'unknown',
      source: 'duvo',
      description: expect.stringContaining(runId) as string,
    });
    await eventually(
      async () =>
        (await stack.client.workflow.count(`DuvoOpenGates > 0 AND WorkflowId = '${handle.workflowId}'`)).count === 1,
    );
    const answer = handle.executeUpdate('submitAnswer', {
      args: [{ gateId: gate.gateId, approved: true, by: 'alice' }],
    });
    expect((await failureOf(answer)).type).toBe('Duvo.AnswerInvalid');
    await handle.terminate();
  });

  test('counts against the deadline', async () => {
    stack.simulator.script('unseen deadline', { steps: [{ status: 'waiting' }], stopWhileWaiting: 'stop' });
    const runId = stack.simulator.startInDuvo('unseen deadline');
    const handle = await stack.start({ runId, deadline: '4s' });
    const failure = await failureOf(handle.result());
    expect(failure.type).toBe('Duvo.RunDeadlineExceeded');
    expect((failure.details as [RunFailureDetails])[0].gates).toMatchObject([{ type: 'unknown', status: 'closed' }]);
  });

  test('closes that gate when Duvo shows the request, which has a gate of its own', async () => {
    const handle = await start('seen', [{ status: 'waiting', polls: 6 }, ASK, COMPLETED]);
    const gate = await eventually(async () =>
      (await handle.query<AgentRunResult['gates']>('gates')).find(
        ({ type, status }) => type === 'approval' && status === 'open',
      ),
    );
    await handle.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, approved: true, by: 'alice' }] });
    const { gates } = (await handle.result()) as AgentRunResult;
    expect(gates.map(({ type, outcome }) => [type, outcome])).toEqual([
      ['unknown', 'withdrawn'],
      ['approval', 'approved'],
    ]);
  });
});

test('attaching again to a run that was resumed in Duvo watches the run again', async () => {
  stack.simulator.script('resumed', { steps: [COMPLETED, ASK, COMPLETED], lastMessage: 'done' });
  const runId = stack.simulator.startInDuvo('resumed');
  const attach = () => duvo.runs.attach(runId, { watch: QUICK_WATCH });
  expect(await (await attach()).result()).toMatchObject({ gates: [] });
  await resumeInDuvo(runId);
  const again = await attach();
  const gate = await eventually(async () => (await again.gates())[0]);
  await again.answer(gate.gateId, { approved: true, by: 'alice' });
  expect(await again.result()).toMatchObject({ gates: [{ outcome: 'approved' }] });
});
