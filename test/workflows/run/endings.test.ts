import { createHash } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Scenario } from '../../../testing';
import type { AgentRunResult, RunFailureDetails, RunState } from '../../../contract/runs';
import { concurrentTests, serialTest } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { eventually, QUICK_WATCH, waitForOpenGate, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Does not wait long until an answer without a verdict counts. */
const BRIEF = { watch: { ...QUICK_WATCH, faultTimeout: '1s' } };
const FOREVER: Scenario = { steps: [{ status: 'running' }] };
const begin = (name: string, scenario: Scenario, input: object = {}): Promise<WorkflowHandle> => {
  stack.simulator.script(name, scenario);
  return stack.start({ agentId: name, ...input });
};
const state = (handle: WorkflowHandle) => handle.query<RunState>('runState');
const running = (handle: WorkflowHandle) =>
  eventually(async () => (await state(handle)).status === 'running' && state(handle));
const statusOf = async (handle: WorkflowHandle) => (await handle.describe()).status.name;

serialTest.each([
  ['neither agentId nor runId', { agentId: undefined }, 'agentId'],
  ['both', { runId: 'r' }, 'runId'],
  ['an invalid duration', { deadline: 'soon' }, 'deadline'],
  ['a bare number in a string', { deadline: '36' }, 'deadline'],
  ['a poll interval that is too short', { watch: { every: [{ every: 5 }] } }, 'watch.every[0].every'],
  ['too many poll intervals', { watch: { every: Array(101).fill({ until: '1m', every: '5s' }) } }, 'watch.every'],
  ['a last poll interval with an end', { watch: { every: [{ until: '1m', every: '5s' }] } }, 'watch.every[0].until'],
  ['a gate policy without a due time', { gate: { onTimeout: 'deny' } }, 'gate.due'],
  ['an unknown gate policy', { gate: { due: '1h', onTimeout: 'shrug' } }, 'gate.onTimeout'],
  ['a misspelt field', { dealine: '1h' }, 'dealine'],
  ['a message that is not a string', { message: 7 }, 'message'],
])('bad input is refused before anything is sent: %s', async (_what, wrong, field) => {
  const before = stack.simulator.ledger.length;
  const failure = await failureOf(
    (await stack.start({ agentId: 'never', watch: undefined, ...wrong } as object)).result(),
  );
  expect(failure).toMatchObject({ type: 'Duvo.InvalidInput', details: [{ field }] });
  expect(stack.simulator.ledger).toHaveLength(before);
});

test('the result of a completed run has the output, the owner, the outcome and three clocks', async () => {
  const handle = await begin('completes', {
    steps: [{ status: 'pending', polls: 2 }, { status: 'running', polls: 2 }, { end: 'completed' }],
    lastMessage: 'it is done',
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

test('a start sends the fields of the input, and absent fields do not change the idempotency key', async () => {
  const webhookUrl = 'https://example.com/hook';
  const { simulator } = stack;
  const start = async (agentId: string, input: object) => {
    await (await begin(agentId, { steps: [{ end: 'completed' }] }, { key: 'the same', ...input })).result();
    return simulator.ledger.filter((entry) => entry.operation === 'start' && entry.agentId === agentId).at(-1);
  };
  const plain = await start('plain start', { message: 'm' });
  // The format of the key is fixed: the name of the step and these fields, in this order.
  const content = JSON.stringify(['the same', { agentId: 'plain start', message: 'm' }]);
  expect(plain?.idempotencyKey).toBe(createHash('sha256').update(content).digest('hex'));
  const hooked = await start('plain start', { message: 'm', webhookUrl });
  expect(hooked?.body).toEqual({ agent_id: 'plain start', message: 'm', webhook_url: webhookUrl });
  expect(hooked?.idempotencyKey).not.toBe(plain?.idempotencyKey);
});

test('a workflow that attaches to a run starts nothing', async () => {
  stack.simulator.script('theirs', {
    steps: [{ status: 'running', polls: 2 }, { end: 'completed' }],
    lastMessage: 'theirs',
  });
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
] as const)('a run that is %s in Duvo fails with %s, with the run and its gates in the details', async (end, type) => {
  const scenario: Scenario = {
    steps: [{ ask: { type: 'approval', title: 'x' } }, { status: 'running', polls: 1 }, { end }],
    lastMessage: 'the ledger is closed',
    outcome: { reason: 'closed' },
  };
  const handle = await begin(`ends-${end}`, scenario, BRIEF);
  const gate = await waitForOpenGate(handle);
  await handle.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, approved: true, by: 'alice' }] });
  const failure = await failureOf(handle.result());
  expect(failure.type).toBe(type);
  const [details] = failure.details as [RunFailureDetails];
  expect(details).toMatchObject({ runId: expect.any(String) as string, gates: [{ outcome: 'approved' }] });
  if (end !== 'gone')
    expect(details).toMatchObject({ lastMessage: 'the ledger is closed', outcome: { reason: 'closed' } });
  expect(failure.message).not.toContain('closed');
  expect(await state(handle)).toMatchObject({ agentId: `ends-${end}`, startedAt: expect.any(String) as string });
  expect(await statusOf(handle)).toBe('FAILED');
});

test('an unknown status is passed on and does not end the run', async () => {
  const handle = await begin('odd', { steps: [{ status: 'contemplating' }] });
  await eventually(async () => (await state(handle)).status === 'contemplating');
  await handle.terminate();
});

test('a run that Duvo returns as null is gone', async () => {
  const handle = await begin('null', FOREVER, BRIEF);
  const { runId = '' } = await running(handle);
  stack.simulator.deleteRun(runId);
  expect((await failureOf(handle.result())).type).toBe('Duvo.RunGone');
});

test('a run whose messages cannot be read completes, and the result has the reason for the missing output', async () => {
  stack.simulator.addFault({
    operation: 'messages',
    agentId: 'mute',
    times: Infinity,
    // Without the header, the delay before the next attempt doubles with each attempt.
    effect: { status: 403, headers: { 'retry-after': '1' }, body: { code: 'insufficient_scope' } },
  });
  const handle = await begin('mute', { steps: [{ end: 'completed' }] }, BRIEF);
  expect(await handle.result()).toMatchObject({ status: 'completed', output: '', outputError: 'Duvo.Forbidden' });
});

test('a refused call ends the run with the type of the refusal', async () => {
  stack.simulator.addFault({
    operation: 'start',
    agentId: 'refused',
    effect: { status: 403, body: { code: 'workspace_policy_denied', message: 'no' } },
  });
  const handle = await begin('refused', FOREVER);
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({
    type: 'Duvo.Forbidden',
    details: [{ gates: [] }, { status: 403, code: 'workspace_policy_denied' }],
  });
});

test.each([
  ['0', '0'],
  ['a date in the past', new Date(0).toUTCString()],
])(
  'a 429 whose Retry-After is %s is retried, although Temporal reads a delay of zero as no retry',
  async (what, after) => {
    const agentId = `retry after ${what}`;
    const effect = { status: 429, headers: { 'retry-after': after } };
    stack.simulator.script(agentId, { steps: [{ end: 'completed' }], lastMessage: 'done' });
    for (const on of ['start', 'messages'] as const) stack.simulator.addFault({ operation: on, agentId, effect });
    const handle = await stack.start({ agentId });
    expect(await handle.result()).toMatchObject({ output: 'done' });
  },
);
