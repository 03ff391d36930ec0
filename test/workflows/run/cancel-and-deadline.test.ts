import type { WorkflowHandle } from '@temporalio/client';
import type { Scenario } from '../../../testing';
import type { AgentRunResult, RunFailureDetails, RunState } from '../../../contract/runs';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { waitForIdlePoll, eventually, waitForOpenGate, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const FOREVER: Scenario = { steps: [{ status: 'running' }] };
const begin = (name: string, scenario: Scenario, input: object = {}): Promise<WorkflowHandle> => {
  stack.simulator.script(name, scenario);
  return stack.start({ agentId: name, ...input });
};
/** Attaches to an existing run, so that the deadline of the workflow does not include a start. */
const attach = (name: string, scenario: Scenario, input: object): Promise<WorkflowHandle> => {
  stack.simulator.script(name, scenario);
  return stack.start({ runId: stack.simulator.startInDuvo(name), ...input });
};
const state = (handle: WorkflowHandle) => handle.query<RunState>('runState');
const running = (handle: WorkflowHandle) =>
  eventually(async () => (await state(handle)).status === 'running' && state(handle));
const statusOf = async (handle: WorkflowHandle) => (await handle.describe()).status.name;
const memoOf = async (handle: WorkflowHandle) => (await handle.describe()).memo ?? {};
const gets = (runId: string) =>
  stack.simulator.ledger.filter((entry) => entry.operation === 'get' && entry.runId === runId);

test('a cancellation stops a working run and is confirmed in the query and the memo', async () => {
  const handle = await begin('cancel', FOREVER);
  const { runId = '' } = await running(handle);
  await handle.cancel();
  expect((await failureOf(handle.result())).name).toBe('CancelledFailure');
  expect(await statusOf(handle)).toBe('CANCELLED');
  expect(stack.simulator.getRun(runId)).toMatchObject({ status: 'canceled', stopRequests: 1 });
  expect((await state(handle)).cancel).toBe('confirmed');
  expect(await memoOf(handle)).toMatchObject({ duvoCancel: 'confirmed' });
});

test('a cancellation denies a pending approval without a name, stops the run and is confirmed', async () => {
  const handle = await begin('cancel-waiting', {
    steps: [{ ask: { type: 'approval', title: 'x' } }, { status: 'running' }],
  });
  await waitForOpenGate(handle);
  const { runId = '' } = await state(handle);
  await handle.cancel();
  await failureOf(handle.result());
  expect(stack.simulator.getRun(runId).status).toBe('canceled');
  expect((await state(handle)).cancel).toBe('confirmed');
  const [gate] = await handle.query<AgentRunResult['gates']>('gates');
  expect(gate?.outcome).toBe('withdrawn');
  expect(gate?.by).toBeUndefined();
});

test('a cancellation of a run that has just ended is already-finished', async () => {
  const handle = await begin('cancel-late', FOREVER, { watch: { every: [{ every: '60s' }] } });
  const { runId = '' } = await running(handle);
  await waitForIdlePoll(handle);
  stack.simulator.addFault({ operation: 'get', runId, effect: { runStatus: 'completed' }, times: Infinity });
  await handle.cancel();
  await failureOf(handle.result());
  expect((await state(handle)).cancel).toBe('already-finished');
  expect(stack.simulator.getRun(runId).stopRequests).toBe(0);
});

test('a cancellation with onCancel abandon leaves the run alone', async () => {
  const handle = await begin('abandon', FOREVER, { onCancel: 'abandon' });
  const { runId = '' } = await running(handle);
  await handle.cancel();
  await failureOf(handle.result());
  expect(stack.simulator.getRun(runId)).toMatchObject({ status: 'running', stopRequests: 0 });
  expect((await state(handle)).cancel).toBe('unconfirmed');
});

test('a cancellation with onCancel abandon is already-finished when the run has completed and its output is read', async () => {
  const agentId = 'abandon-completed';
  stack.simulator.addFault({ operation: 'messages', agentId, effect: { hold: 'before' } });
  const input = { onCancel: 'abandon', output: { schema: {} } };
  const handle = await begin(agentId, { steps: [{ end: 'completed' }] }, input);
  await stack.simulator.waitFor((entry) => entry.operation === 'messages' && entry.agentId === agentId);
  await handle.cancel();
  await failureOf(handle.result());
  expect((await state(handle)).cancel).toBe('already-finished');
});

test('a cancellation during the start waits for the response and then stops the run', async () => {
  const held = stack.simulator.addFault({ operation: 'start', agentId: 'cancel-start', effect: { hold: 'after' } });
  const handle = await begin('cancel-start', FOREVER);
  const { runId = '' } = await stack.simulator.waitFor(
    ({ agentId, committed }) => agentId === 'cancel-start' && committed,
  );
  await handle.cancel();
  held.release();
  await failureOf(handle.result());
  expect(stack.simulator.getRun(runId).status).toBe('canceled');
  expect((await state(handle)).cancel).toBe('confirmed');
});

test('a cancellation aborts a poll that hangs at the socket', async () => {
  const handle = await begin('cancel-hang', FOREVER);
  const { runId = '' } = await running(handle);
  stack.simulator.addFault({ operation: 'get', runId, effect: { hold: 'before' } });
  await stack.simulator.waitFor((entry) => entry.runId === runId && entry.fault !== undefined);
  await handle.cancel();
  await stack.simulator.waitFor((entry) => entry.runId === runId && entry.abandoned === true);
  await failureOf(handle.result());
  expect((await state(handle)).cancel).toBe('confirmed');
});

test('a run that exceeds its deadline is polled once more, stopped and failed', async () => {
  const handle = await attach('deadline', FOREVER, { deadline: '1s', watch: { every: [{ every: '60s' }] } });
  const failure = await failureOf(handle.result());
  expect(failure.type).toBe('Duvo.RunDeadlineExceeded');
  const { runId = '', clocks } = (failure.details as [RunFailureDetails])[0];
  expect(clocks.queuedMs + clocks.agentMs).toBeGreaterThanOrEqual(1_000);
  expect(stack.simulator.getRun(runId).status).toBe('canceled');
  expect(gets(runId).length).toBeGreaterThan(1);
});

test('a start that Duvo does not accept within the deadline fails the workflow and starts nothing', async () => {
  stack.simulator.addFault({ operation: 'start', agentId: 'never-taken', times: Infinity, effect: { status: 503 } });
  const handle = await begin('never-taken', FOREVER, { deadline: '1500ms' });
  expect((await failureOf(handle.result())).type).toBe('Duvo.RunDeadlineExceeded');
  expect(stack.simulator.runs.filter(({ agentId }) => agentId === 'never-taken')).toEqual([]);
});

test('the time of the check of the output schema counts against the deadline of the start', async () => {
  const handle = await begin('checked-first', FOREVER, { deadline: '1h', output: { schema: {} } });
  await running(handle);
  const { events } = await handle.fetchHistory();
  const limits = events?.map(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled).filter(Boolean);
  const [check, start] = (limits ?? []).map((scheduled) => {
    const { seconds, nanos } = scheduled?.scheduleToCloseTimeout ?? {};
    return Number(seconds) * 1_000 + Number(nanos) / 1_000_000;
  });
  expect(check).toBeGreaterThan(0);
  expect(check).toBeLessThanOrEqual(3_600_000);
  expect(start).toBeLessThan(3_600_000);
  await handle.cancel();
  await failureOf(handle.result());
});

test('a hint makes the watch poll at once, also with a deadline', async () => {
  const slow = { watch: { every: [{ every: '60s' }] }, deadline: '1h' };
  const handle = await begin('hinted', { steps: [{ status: 'running', polls: 1 }, { end: 'completed' }] }, slow);
  await waitForIdlePoll(handle);
  await eventually(async () => {
    if ((await handle.describe()).status.name === 'COMPLETED') return true;
    // The workflow may end at this moment, so the signal may fail.
    await handle.signal('hint', { source: 'test' }).catch(() => undefined);
    return false;
  });
});

test('the poll at the deadline finds a run that has already ended', async () => {
  const steps = [{ status: 'running', polls: 2 }, { end: 'completed' as const }];
  const handle = await attach(
    'deadline-late',
    { steps, lastMessage: 'in time' },
    { deadline: '1s', watch: { every: [{ every: '60s' }] } },
  );
  expect(await handle.result()).toMatchObject({ status: 'completed', output: 'in time' });
});

test('a run that completes because the stop at its deadline denied its approval exceeds the deadline', async () => {
  const agentId = 'deadline-denied';
  const steps = [{ ask: { type: 'approval' as const, title: 'Pay?' } }, { end: 'completed' as const }];
  const handle = await begin(agentId, { steps, lastMessage: 'not paid' }, { deadline: '5s' });
  const { gateId } = await waitForOpenGate(handle);
  const refused = { operation: 'respond' as const, agentId, times: Infinity, effect: { status: 503 } };
  const fault = stack.simulator.addFault(refused);
  await handle.signal('answerGate', { gateId, approved: true, by: 'alice' });
  await stack.simulator.waitFor((entry) => entry.operation === 'stop' && entry.agentId === agentId);
  fault.remove();
  expect(await failureOf(handle.result())).toMatchObject({
    type: 'Duvo.RunDeadlineExceeded',
    details: [{ stopOutcome: 'already-finished', lastMessage: 'not paid', gates: [{ delivery: 'unconfirmed' }] }],
  });
});

test('the time of people does not count against the deadline', async () => {
  const handle = await attach(
    'deadline-human',
    { steps: [{ ask: { type: 'approval', title: 'x' } }, { end: 'completed' }] },
    { deadline: '4s' },
  );
  const gate = await waitForOpenGate(handle);
  const openedAt = Date.parse(gate.openedAt);
  await eventually(() => Date.now() > openedAt + 4_500);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, approved: true, by: 'alice' }] });
  const { clocks } = (await handle.result()) as AgentRunResult;
  expect(clocks.humanMs).toBeGreaterThan(4_000);
});
