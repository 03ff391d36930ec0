import { randomUUID } from 'node:crypto';
import type { AgentRunResult, RunState } from '../../../contract/runs';
import type { Gate } from '../../../contract/gates/gates';
import { concurrentTests, serialTest } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { rejectionOf } from '../../support/rejection';
import { duvo, setUpDuvoWorkflows, stack } from '../../support/duvo-workflows';
import { eventually, QUICK_WATCH, waitForOpenGate } from '../../support/stack';

const test = concurrentTests();

setUpDuvoWorkflows({ simulator: { idempotencyKeyMode: 'ignore' } });

const runsOf = (agentId: string) => stack.simulator.runs.filter((run) => run.agentId === agentId);
const terminate = (workflowId: string) => stack.client.workflow.getHandle(workflowId).terminate();
/** An agent that works until it has been polled four times, and an input for it. */
function working(extra: object = {}) {
  const agentId = randomUUID();
  stack.simulator.script(agentId, {
    steps: [{ status: 'running', polls: 4 }, { end: 'completed' }],
    lastMessage: 'done',
  });
  return { key: agentId, agentId, message: `read ${agentId}`, watch: QUICK_WATCH, ...extra };
}
const sent = (agentId: string) =>
  stack.simulator.waitFor((entry) => entry.operation === 'start' && entry.agentId === agentId);
/** Waits until a search has requested the list of the agent's runs. */
const listed = (agentId: string) =>
  stack.simulator.waitFor((entry) => entry.operation === 'list' && entry.agentId === agentId);

describe('the next workflow of a key', () => {
  serialTest('adopts the run of a start that was scheduled after hundreds of events', async () => {
    const input = working();
    const workflowId = `duvo-run-${input.key}`;
    await stack.stopWorkers();
    const first = await duvo.runs.start(input);
    const handle = stack.client.workflow.getHandle(workflowId);
    const early = Array.from({ length: 300 }, (_one, n) => handle.signal('hint', { source: `test ${n}` }));
    await Promise.all(early);
    const held = stack.simulator.addFault({
      operation: 'start',
      agentId: input.agentId,
      effect: { hold: 'after' },
    });
    await stack.startWorkers();
    await sent(input.agentId);
    await terminate(first.workflowId);
    const next = await duvo.runs.start(input);
    held.release();
    expect(await next.result()).toMatchObject({ output: 'done', start: 'adopted' });
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test('attaches to the run of a workflow that was terminated, also when another client starts it', async () => {
    const { key: _key, ...input } = working();
    const workflowId = `raw-${input.agentId}`;
    const first = await stack.start(input, { workflowId });
    await eventually(async () => (await first.query<RunState>('runState')).runId);
    await terminate(workflowId);
    const next = await stack.start(input, { workflowId });
    expect((await next.result()) as AgentRunResult).toMatchObject({ output: 'done', start: 'attached' });
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test('adopts the run that Duvo created before a proxy answered the start with a 403 page', async () => {
    const input = working();
    const effect = { replaceBody: '<html>', status: 403 };
    stack.simulator.addFault({ operation: 'start', agentId: input.agentId, effect });
    const first = await duvo.runs.start(input);
    expect(await rejectionOf(first.result())).toMatchObject({ type: 'Duvo.Forbidden' });
    const next = await duvo.runs.start(input);
    expect(await next.result()).toMatchObject({ output: 'done', start: 'adopted' });
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test.each(['after', 'before'] as const)(
    'adopts the run of a start whose workflow was terminated %s Duvo had processed it',
    async (hold) => {
      const input = working();
      const held = stack.simulator.addFault({ operation: 'start', agentId: input.agentId, effect: { hold } });
      const first = await duvo.runs.start(input);
      await sent(input.agentId);
      await terminate(first.workflowId);
      const next = await duvo.runs.start(input);
      if (hold === 'before') await listed(input.agentId);
      held.release();
      expect(await next.result()).toMatchObject({ output: 'done', start: 'adopted' });
      expect(runsOf(input.agentId)).toHaveLength(1);
    },
    60_000,
  );

  test('adopts the run of a start that exceeded the deadline without a response', async () => {
    const input = working({ deadline: '8s' });
    stack.simulator.addFault({ operation: 'start', agentId: input.agentId, effect: { dropResponse: true } });
    const unlisted = stack.simulator.addFault({
      operation: 'list',
      agentId: input.agentId,
      effect: { status: 503 },
      times: Infinity,
    });
    const first = await duvo.runs.start(input);
    await expect(first.result()).rejects.toMatchObject({ type: 'Duvo.RunDeadlineExceeded' });
    unlisted.remove();
    const next = await duvo.runs.start(input);
    expect(await next.result()).toMatchObject({ output: 'done', start: 'adopted' });
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test('takes the result of a run that completed after its workflow was terminated', async () => {
    const input = working({ watch: { every: [{ every: '1h' }] } });
    stack.simulator.script(input.agentId, {
      steps: [{ status: 'running', duration: '1s' }, { end: 'completed' }],
      lastMessage: 'done',
    });
    const first = await duvo.runs.start(input);
    await eventually(async () => (await first.state()).runId);
    await terminate(first.workflowId);
    await eventually(() => runsOf(input.agentId)[0]?.status === 'completed');
    const next = await duvo.runs.start(input);
    expect(await next.result()).toMatchObject({ output: 'done', start: 'attached' });
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test('starts anew when the run of the terminated workflow has failed', async () => {
    const input = working();
    stack.simulator.script(input.agentId, { steps: [{ status: 'running', polls: 2 }, { end: 'failed' }] });
    const first = await duvo.runs.start({ ...input, watch: { every: [{ every: '1h' }] } });
    const runId = await eventually(async () => (await first.state()).runId);
    await terminate(first.workflowId);
    const get = () =>
      fetch(`${stack.simulator.url}/v1/runs/${runId}`, {
        headers: { authorization: `Bearer ${stack.simulator.apiKey}` },
      });
    await eventually(async () => ((await (await get()).json()) as { run: { status: string } }).run.status === 'failed');
    stack.simulator.script(input.agentId, { steps: [{ end: 'completed' }], lastMessage: 'again' });
    const next = await duvo.runs.start({ ...input, watch: { every: [{ every: '1h' }] } });
    expect(await next.result()).toMatchObject({ output: 'again', start: 'started' });
    expect(runsOf(input.agentId)).toHaveLength(2);
  });

  test('starts anew, without a search, when Duvo refused the start', async () => {
    const input = working();
    const refused = stack.simulator.addFault({ operation: 'start', agentId: input.agentId, effect: { status: 403 } });
    await expect((await duvo.runs.start(input)).result()).rejects.toMatchObject({ type: 'Duvo.Forbidden' });
    expect(refused.hits).toBe(1);
    const next = await duvo.runs.start(input);
    expect(await next.result()).toMatchObject({ start: 'started' });
    const lists = stack.simulator.ledger.filter(
      ({ operation, agentId }) => operation === 'list' && agentId === input.agentId,
    );
    expect(lists).toEqual([]);
  });

  test.each([
    ['a gate timed out', { gate: { due: 500, onTimeout: 'fail' } }, false],
    ['it was cancelled', {}, true],
  ])('attaches to a run that could not be stopped when %s', async (_what, policy, isCancelled) => {
    const input = working(policy);
    stack.simulator.script(input.agentId, {
      steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }],
      lastMessage: 'paid',
    });
    const unstoppable = { agentId: input.agentId, effect: { status: 403 }, times: Infinity };
    const faults = (['stop', 'respond'] as const).map((operation) =>
      stack.simulator.addFault({ operation, ...unstoppable }),
    );
    const first = await duvo.runs.start(input);
    await waitForOpenGate(stack.client.workflow.getHandle(first.workflowId));
    if (isCancelled) expect(await first.cancel()).toBe('unconfirmed');
    else await expect(first.result()).rejects.toMatchObject({ type: 'Duvo.GateTimedOut', stopOutcome: 'unconfirmed' });
    for (const fault of faults) fault.remove();
    const [run] = runsOf(input.agentId);
    stack.simulator.answerInDuvo(run?.id ?? '', run?.humanRequests[0]?.id ?? '', { approved: true });
    const next = await duvo.runs.start(input);
    expect(await next.result()).toMatchObject({ output: 'paid', start: 'attached' });
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test('inherits through a workflow that was terminated before its own start', async () => {
    const input = working();
    const first = await duvo.runs.start(input);
    const runId = await eventually(async () => (await first.state()).runId);
    await terminate(first.workflowId);
    const held = stack.simulator.addFault({ operation: 'get', runId, effect: { hold: 'before' }, times: Infinity });
    const since = stack.simulator.ledger.length;
    const second = await duvo.runs.start(input);
    await stack.simulator.waitFor((entry) => entry.operation === 'get' && entry.seq > since);
    await terminate(second.workflowId);
    held.remove();
    const third = await duvo.runs.start(input);
    expect(await third.result()).toMatchObject({ runId, start: 'attached' });
    expect(runsOf(input.agentId)).toHaveLength(1);
  });

  test.each([
    ['it was terminated', {}],
    ['its deadline passed', { deadline: '6s' }],
  ])(
    'is refused with another input when %s while its start had no response, until that is settled',
    async (_what, extra) => {
      const input = working(extra);
      const held = stack.simulator.addFault({
        operation: 'start',
        agentId: input.agentId,
        effect: { hold: 'after' },
      });
      const first = await duvo.runs.start(input);
      await sent(input.agentId);
      if (!('deadline' in extra)) await terminate(first.workflowId);
      await rejectionOf(first.result());
      const other = { ...input, message: 'something else' };
      expect(await rejectionOf(duvo.runs.start(other))).toMatchObject({ name: 'KeyConflictError' });
      const settled = await duvo.runs.start(input);
      held.release();
      expect(await settled.result()).toMatchObject({ output: 'done', start: 'adopted' });
      expect(runsOf(input.agentId)).toHaveLength(1);
    },
  );

  test('is started with another input when Duvo refused the start of the former one', async () => {
    const input = working();
    stack.simulator.addFault({ operation: 'start', agentId: input.agentId, effect: { status: 403 } });
    await rejectionOf((await duvo.runs.start(input)).result());
    const other = await duvo.runs.start({ ...input, message: 'something else' });
    expect(await other.result()).toMatchObject({ start: 'started' });
  });

  test('asks a person again when a person gave up an ambiguous start, and its run cannot be told', async () => {
    const input = working();
    const { agentId } = input;
    stack.simulator.addFault({ operation: 'start', agentId, effect: { reset: true } });
    const list = stack.simulator.addFault({ operation: 'list', agentId, effect: { hold: 'before' } });
    const first = await duvo.runs.start(input);
    await listed(agentId);
    const { apiKey, url } = stack.simulator;
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ agent_id: agentId, message: `please ${input.message}` });
    await fetch(`${url}/v1/runs`, { method: 'POST', headers: { ...headers, 'idempotency-key': randomUUID() }, body });
    list.release();
    const handle = stack.client.workflow.getHandle(first.workflowId);
    const gate = await waitForOpenGate(handle);
    await first.answer(gate.gateId, { answers: { 'Which run was started?': 'fail the run' }, by: 'alice' });
    expect((await failureOf(handle.result())).type).toBe('Duvo.StartAmbiguous');
    const next = await duvo.runs.start(input);
    const again: Gate = await waitForOpenGate(stack.client.workflow.getHandle(next.workflowId));
    await next.answer(again.gateId, { answers: { 'Which run was started?': 'start again' }, by: 'alice' });
    expect(await next.result()).toMatchObject({ start: 'ambiguous', output: 'done' });
  });
});
