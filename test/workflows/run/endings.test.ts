import { createHash } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Scenario } from '../../../testing';
import type { AgentRunResult, RunFailureDetails, RunState } from '../../../contract/runs';
import { failureOf } from '../../support/failures';
import { waitForIdlePoll, eventually, waitForOpenGate, type Stack, startStack } from '../../support/stack';

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
/** Of a run that is there already, so that a deadline is not the limit of a start as well. */
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

test('completed: the result has the output, the owner, the outcome and three clocks', async () => {
  const handle = await begin('completes', {
    steps: [{ status: 'pending', looks: 2 }, { status: 'running', looks: 2 }, { end: 'completed' }],
    says: 'it is done',
    owner: { team: 'finance' },
    outcome: { posted: true },
  });
  const result = (await handle.result()) as AgentRunResult;
  expect(result).toMatchObject({
    status: 'completed',
    output: 'it is done',
    owner: { team: 'finance' },
    outcome: { posted: true },
    start: 'started',
    gates: [],
  });
  expect(result.clocks.agentMs).toBeGreaterThan(0);
  expect(result.clocks.humanMs).toBe(0);
});

test('what is given for the start is sent with it, and what is not given changes no key', async () => {
  const webhookUrl = 'https://example.com/hook';
  const { simulator } = stack;
  const start = async (agentId: string, input: object) => {
    await (await begin(agentId, { steps: [{ end: 'completed' }] }, { key: 'the same', ...input })).result();
    return simulator.ledger.filter((entry) => entry.operation === 'start' && entry.agentId === agentId).at(-1);
  };
  const plain = await start('plain start', { message: 'm' });
  // The key as it has been since the first version: of the step's name and of these fields, in this order.
  const content = JSON.stringify(['the same', { agentId: 'plain start', message: 'm' }]);
  expect(plain?.idempotencyKey).toBe(createHash('sha256').update(content).digest('hex'));
  const hooked = await start('plain start', { message: 'm', webhookUrl });
  expect(hooked?.body).toEqual({ agent_id: 'plain start', message: 'm', webhook_url: webhookUrl });
  expect(hooked?.idempotencyKey).not.toBe(plain?.idempotencyKey);
});

test('attached to a run that somebody else started: nothing is started', async () => {
  stack.simulator.script('theirs', { steps: [{ status: 'running', looks: 2 }, { end: 'completed' }], says: 'theirs' });
  const runId = stack.simulator.startInDuvo('theirs');
  const handle = await stack.start({ runId });
  expect(await handle.result()).toMatchObject({ runId, start: 'attached', output: 'theirs' });
  expect(
    stack.simulator.ledger.filter(({ operation, agentId }) => operation === 'start' && agentId === 'theirs'),
  ).toEqual([]);
});

test.each([
  ['failed', 'Duvo.RunFailed'],
  ['interrupted', 'Duvo.RunInterrupted'],
  ['canceled', 'Duvo.RunCanceled'],
  ['gone', 'Duvo.RunGone'],
] as const)('%s in Duvo: fails with %s, with the run and its gates in the details', async (end, type) => {
  const handle = await begin(`ends-${end}`, {
    steps: [{ ask: { type: 'approval', title: 'x' } }, { status: 'running', looks: 1 }, { end }],
  });
  const gate = await waitForOpenGate(handle);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, approved: true, by: 'alice' }] });
  const failure = await failureOf(handle.result());
  expect(failure.type).toBe(type);
  const [details] = failure.details as [RunFailureDetails];
  expect(details).toMatchObject({ runId: expect.any(String) as string, gates: [{ outcome: 'approved' }] });
  expect(await statusOf(handle)).toBe('FAILED');
});

test('a status that is not known is carried through and is not the end', async () => {
  const handle = await begin('odd', { steps: [{ status: 'contemplating' }] });
  await eventually(async () => (await state(handle)).status === 'contemplating');
  await handle.terminate();
});

test('a run of which Duvo answers null is gone', async () => {
  const handle = await begin('null', FOREVER);
  const { runId = '' } = await running(handle);
  stack.simulator.deleteRun(runId);
  expect((await failureOf(handle.result())).type).toBe('Duvo.RunGone');
});

test('a run that completed, but whose messages cannot be read, has completed; the result says why there is no output', async () => {
  stack.simulator.addFault({
    on: 'messages',
    agentId: 'mute',
    how: { status: 403, body: { code: 'insufficient_scope' } },
  });
  const handle = await begin('mute', { steps: [{ end: 'completed' }] });
  expect(await handle.result()).toMatchObject({ status: 'completed', output: '', outputError: 'Duvo.Forbidden' });
});

test('a refused call ends the run with the type of the refusal', async () => {
  stack.simulator.addFault({
    on: 'start',
    agentId: 'refused',
    how: { status: 403, body: { code: 'workspace_policy_denied', message: 'no' } },
  });
  const handle = await begin('refused', FOREVER);
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({
    type: 'Duvo.Forbidden',
    details: [{ gates: [] }, { status: 403, code: 'workspace_policy_denied' }],
  });
});

test('cancelled while the run works: stopped, seen to have ended, confirmed in the query and the memo', async () => {
  const handle = await begin('cancel', FOREVER);
  const { runId = '' } = await running(handle);
  await handle.cancel();
  expect((await failureOf(handle.result())).name).toBe('CancelledFailure');
  expect(await statusOf(handle)).toBe('CANCELLED');
  expect(stack.simulator.getRun(runId)).toMatchObject({ status: 'canceled', stops: 1 });
  expect((await state(handle)).cancel).toBe('confirmed');
  expect(await memoOf(handle)).toMatchObject({ duvoCancel: 'confirmed' });
});

test('cancelled while the run waits for an approval, when a stop does nothing: denied for nobody, stopped, confirmed', async () => {
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

test('cancelled when the run has just ended: already-finished', async () => {
  const handle = await begin('cancel-late', FOREVER, { watch: { every: [{ every: '60s' }] } });
  const { runId = '' } = await running(handle);
  await waitForIdlePoll(handle);
  stack.simulator.addFault({ on: 'get', runId, how: { runStatus: 'completed' }, times: Infinity });
  await handle.cancel();
  await failureOf(handle.result());
  expect((await state(handle)).cancel).toBe('already-finished');
  expect(stack.simulator.getRun(runId).stops).toBe(0);
});

test('cancelled with onCancel abandon: the run is left alone', async () => {
  const handle = await begin('abandon', FOREVER, { onCancel: 'abandon' });
  const { runId = '' } = await running(handle);
  await handle.cancel();
  await failureOf(handle.result());
  expect(stack.simulator.getRun(runId)).toMatchObject({ status: 'running', stops: 0 });
  expect((await state(handle)).cancel).toBe('unconfirmed');
});

test('cancelled while the start is under way: its answer is waited for, then the run is stopped', async () => {
  const held = stack.simulator.addFault({ on: 'start', agentId: 'cancel-start', how: { hold: 'after' } });
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

test('a cancel ends a poll that hangs: it reaches the socket', async () => {
  const handle = await begin('cancel-hang', FOREVER);
  const { runId = '' } = await running(handle);
  stack.simulator.addFault({ on: 'get', runId, how: { hold: 'before' } });
  await stack.simulator.waitFor((entry) => entry.runId === runId && entry.fault !== undefined);
  await handle.cancel();
  await stack.simulator.waitFor((entry) => entry.runId === runId && entry.abandoned === true);
  await failureOf(handle.result());
  expect((await state(handle)).cancel).toBe('confirmed');
});

test('the deadline: one last look, then the run is stopped and the workflow fails', async () => {
  const handle = await attach('deadline', FOREVER, { deadline: '1s', watch: { every: [{ every: '60s' }] } });
  const failure = await failureOf(handle.result());
  expect(failure.type).toBe('Duvo.RunDeadlineExceeded');
  const { runId = '', clocks } = (failure.details as [RunFailureDetails])[0];
  expect(clocks.queuedMs + clocks.agentMs).toBeGreaterThanOrEqual(1_000);
  expect(stack.simulator.getRun(runId).status).toBe('canceled');
  expect(gets(runId).length).toBeGreaterThan(1);
});

test('Duvo does not take the start within the deadline: the workflow fails, and nothing was started', async () => {
  stack.simulator.addFault({ on: 'start', agentId: 'never-taken', times: Infinity, how: { status: 503 } });
  const handle = await begin('never-taken', FOREVER, { deadline: '1500ms' });
  expect((await failureOf(handle.result())).type).toBe('Duvo.RunDeadlineExceeded');
  expect(stack.simulator.runs.filter(({ agentId }) => agentId === 'never-taken')).toEqual([]);
});

test('a hint makes a watch look at once, under a deadline as well', async () => {
  const slow = { watch: { every: [{ every: '60s' }] }, deadline: '1h' };
  const handle = await begin('hinted', { steps: [{ status: 'running', looks: 1 }, { end: 'completed' }] }, slow);
  await waitForIdlePoll(handle);
  await eventually(async () => {
    if ((await handle.describe()).status.name === 'COMPLETED') return true;
    // It may end in this very moment.
    await handle.signal('hint', { source: 'test' }).catch(() => undefined);
    return false;
  });
});

test('the deadline passes when the run has ended unseen: the last look finds the end', async () => {
  const steps = [{ status: 'running', looks: 2 }, { end: 'completed' as const }];
  const handle = await attach(
    'deadline-late',
    { steps, says: 'in time' },
    { deadline: '1s', watch: { every: [{ every: '60s' }] } },
  );
  expect(await handle.result()).toMatchObject({ status: 'completed', output: 'in time' });
});

test("a person's time does not count against the deadline", async () => {
  const handle = await attach(
    'deadline-human',
    { steps: [{ ask: { type: 'approval', title: 'x' } }, { end: 'completed' }] },
    { deadline: '2s' },
  );
  const gate = await waitForOpenGate(handle);
  const { createdAt } = { createdAt: Date.parse(gate.openedAt) };
  await eventually(() => Date.now() > createdAt + 2_500);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, approved: true, by: 'alice' }] });
  const { clocks } = (await handle.result()) as AgentRunResult;
  expect(clocks.humanMs).toBeGreaterThan(2_000);
});

test.each([
  ['neither agentId nor runId', { agentId: undefined }, 'agentId'],
  ['both', { runId: 'r' }, 'runId'],
  ['a duration that is none', { deadline: 'soon' }, 'deadline'],
  ['a bare number in a string', { deadline: '36' }, 'deadline'],
  ['a poll interval that is too short', { watch: { every: [{ every: 5 }] } }, 'watch.every[0].every'],
  ['a last step with an end', { watch: { every: [{ until: '1m', every: '5s' }] } }, 'watch.every[0].until'],
  ['a policy without its time', { gate: { onTimeout: 'deny' } }, 'gate.due'],
  ['a policy that is none', { gate: { due: '1h', onTimeout: 'shrug' } }, 'gate.onTimeout'],
  ['a misspelt field', { dealine: '1h' }, 'dealine'],
  ['a message that is no text', { message: 7 }, 'message'],
])('bad input is refused before anything is sent: %s', async (_what, wrong, field) => {
  const before = stack.simulator.ledger.length;
  const failure = await failureOf(
    (await stack.start({ agentId: 'never', watch: undefined, ...wrong } as object)).result(),
  );
  expect(failure).toMatchObject({ type: 'Duvo.InvalidInput', details: [{ field }] });
  expect(stack.simulator.ledger).toHaveLength(before);
});

test.each([
  ['0', '0'],
  ['a date that is over', new Date(0).toUTCString()],
])(
  'a 429 whose Retry-After is %s is tried again: Temporal takes a delay of zero for the last try',
  async (what, after) => {
    const agentId = `retry after ${what}`;
    const how = { status: 429, headers: { 'retry-after': after } };
    stack.simulator.script(agentId, { steps: [{ end: 'completed' }], says: 'done' });
    for (const on of ['start', 'messages'] as const) stack.simulator.addFault({ on, agentId, how });
    const handle = await stack.start({ agentId });
    expect(await handle.result()).toMatchObject({ output: 'done' });
  },
);
