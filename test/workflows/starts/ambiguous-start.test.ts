import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Fault, LedgerEntry, Scenario } from '../../../testing';
import type { AgentRunResult, RunState } from '../../../contract/runs';
import type { SubmitAnswerResult, Gate, GateAnswer } from '../../../contract/gates/gates';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { eventually, waitForOpenGate, type Stack, startStack } from '../../support/stack';

const QUESTION = 'Which run was started?';
const DONE: Scenario = { steps: [{ status: 'running', polls: 1 }, { end: 'completed' }], lastMessage: 'done' };

const test = concurrentTests();

let honours: Stack;
let ignores: Stack;
beforeAll(async () => {
  [honours, ignores] = await Promise.all([startStack(), startStack({ simulator: { idempotencyKeyMode: 'ignore' } })]);
});
afterAll(() => Promise.all([honours.stop(), ignores.stop()]));

function begin(stack: Stack, agentId: string, effect: Fault['effect'], input: object = {}): Promise<WorkflowHandle> {
  stack.simulator.script(agentId, DONE);
  stack.simulator.addFault({ operation: 'start', agentId, effect });
  return stack.start({ agentId, message: `read ${agentId}`, ...input });
}
const runsOf = (stack: Stack, agentId: string) => stack.simulator.runs.filter((run) => run.agentId === agentId);
const startsOf = (stack: Stack, agentId: string) =>
  stack.simulator.ledger.filter((entry) => entry.operation === 'start' && entry.agentId === agentId);
/** Returns the start requests of an agent that took effect. */
const committedStarts = (stack: Stack, agentId: string) =>
  startsOf(stack, agentId).filter(({ committed }) => committed);
const state = (handle: WorkflowHandle) => handle.query<RunState>('runState');
const labels = (gate: Gate) => gate.questions?.[0]?.options?.map(({ label }) => label) ?? [];
const choose = (handle: WorkflowHandle, { gateId }: Gate, label: string) =>
  handle.executeUpdate<SubmitAnswerResult, [GateAnswer]>('submitAnswer', {
    args: [{ gateId, answers: { [QUESTION]: label }, by: 'alice' }],
  });

/** Starts a run with the same agent and message, as another caller would. */
async function twin({ simulator }: Stack, agentId: string, message = `read ${agentId}`): Promise<string> {
  const response = await fetch(`${simulator.url}/v1/runs`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${simulator.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ agent_id: agentId, message }),
  });
  return ((await response.json()) as { run: { id: string } }).run.id;
}

const isListOf = (agentId: string) => (entry: LedgerEntry) => entry.operation === 'list' && entry.agentId === agentId;

/** Starts a run whose start response is lost, while Duvo has two runs with the same agent and message. */
async function lookAlikes(stack: Stack, agentId: string, input: object = {}) {
  const held = stack.simulator.addFault({ operation: 'list', agentId, effect: { hold: 'before' }, times: Infinity });
  const handle = await begin(stack, agentId, { dropResponse: true }, input);
  await stack.simulator.waitFor(isListOf(agentId));
  const other = await twin(stack, agentId);
  held.remove();
  return { handle, other };
}

/**
 * Starts a run whose start response is lost, while Duvo has two runs with the same agent and message. Waits until the gate
 * about the ambiguous start is open.
 */
async function twoLookAlikes(stack: Stack, agentId: string, input?: object) {
  const { handle, other } = await lookAlikes(stack, agentId, input);
  const gate = await waitForOpenGate(handle);
  const ours = runsOf(stack, agentId).find(({ id }) => id !== other)?.id ?? '';
  return { handle, gate, ours, other };
}

test.each([
  ['honours keys', () => honours],
  ['ignores keys', () => ignores],
])('a start whose response was lost is found and adopted when Duvo %s', async (what, stack) => {
  const agentId = `lost, ${what}`;
  const handle = await begin(stack(), agentId, { dropResponse: true });
  expect(await handle.result()).toMatchObject({ status: 'completed', output: 'done', start: 'adopted' });
  expect(committedStarts(stack(), agentId)).toHaveLength(1);
  expect(runsOf(stack(), agentId)).toHaveLength(1);
});

test.each([
  ['honours keys and responds with a page', () => honours, 201],
  ['ignores keys and responds with a page', () => ignores, 201],
  ['ignores keys and a proxy responds with a 503 page', () => ignores, 503],
])('a start is found and adopted, when Duvo %s', async (what, stack, status) => {
  const agentId = `unreadable, ${what}`;
  const handle = await begin(stack(), agentId, { replaceBody: '<html>', status });
  expect(await handle.result()).toMatchObject({ status: 'completed', output: 'done', start: 'adopted' });
  expect(committedStarts(stack(), agentId)).toHaveLength(1);
  expect(runsOf(stack(), agentId)).toHaveLength(1);
});

test('a person decides when no response about the run can be read, and sees what is wrong', async () => {
  const agentId = 'unreadable';
  const unreadable: Fault['effect'] = { replaceBody: '{"odd":1}' };
  honours.simulator.addFault({ operation: 'list', agentId, effect: unreadable, times: Infinity });
  const handle = await begin(honours, agentId, unreadable);
  const gate = await eventually(async () => (await handle.query<Gate[]>('gates'))[0], 60_000);
  expect(gate.description).toContain('run is not what the API promises');
  await choose(handle, gate, 'fail the run');
  expect((await failureOf(handle.result())).type).toBe('Duvo.StartAmbiguous');
  expect(committedStarts(honours, agentId)).toHaveLength(1);
});

test.each([
  ['a connection reset before Duvo processed the request', { reset: true }],
  ['a 502 before Duvo processed the request', { status: 502 }],
] as [string, Fault['effect']][])(
  'a start with %s is sent again when no run is found, and creates one run',
  async (what, effect) => {
    const handle = await begin(ignores, what, effect);
    expect(await handle.result()).toMatchObject({ status: 'completed', start: 'started' });
    expect(runsOf(ignores, what)).toHaveLength(1);
    expect(new Set(startsOf(ignores, what).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  },
);

/** Starts a run whose request never arrives, while another caller starts a run of the same agent. */
async function resetBesideOther(agentId: string, otherMessage: string, input: object = {}) {
  const held = ignores.simulator.addFault({ operation: 'list', agentId, effect: { hold: 'before' }, times: Infinity });
  const handle = await begin(ignores, agentId, { reset: true }, input);
  await ignores.simulator.waitFor(isListOf(agentId));
  const other = await twin(ignores, agentId, otherMessage);
  held.remove();
  return { handle, other };
}

test('a run of the same agent with another message is not adopted', async () => {
  const { handle, other } = await resetBesideOther('other', 'read other', { message: 'another thing' });
  const { start, runId } = (await handle.result()) as AgentRunResult;
  expect([start, runId === other]).toEqual(['started', false]);
});

test('a run whose first message only contains the message of the start is not adopted: a person decides', async () => {
  const { handle, other } = await resetBesideOther('invoice 1', 'read invoice 12');
  const gate = await waitForOpenGate(handle);
  expect(labels(gate)).toEqual([expect.stringContaining(other), 'start again', 'fail the run']);
  await choose(handle, gate, 'start again');
  expect(((await handle.result()) as AgentRunResult).runId).not.toBe(other);
});

test('a start that gets a 503 is sent again without a search', async () => {
  const handle = await begin(ignores, 'unavailable', { status: 503 });
  expect(await handle.result()).toMatchObject({ start: 'started' });
  expect(ignores.simulator.ledger.filter(isListOf('unavailable'))).toEqual([]);
});

test('a gate asks which of two similar runs was started, and the chosen run is adopted', async () => {
  const { handle, gate, ours, other } = await twoLookAlikes(ignores, 'chosen');
  expect(gate).toMatchObject({
    source: 'process',
    type: 'question',
    title: 'Was this run started?',
    ref: `${handle.workflowId}#${gate.gateId}`,
  });
  expect(labels(gate)).toEqual([
    expect.stringContaining(other),
    expect.stringContaining(ours),
    'start again',
    'fail the run',
  ]);
  expect(await state(handle)).toMatchObject({ status: 'starting', start: 'ambiguous', openGates: 1 });
  const wrong = handle.executeUpdate('submitAnswer', {
    args: [{ gateId: gate.gateId, answers: { [QUESTION]: 'perhaps' }, by: 'alice' }],
  });
  expect((await failureOf(wrong)).type).toBe('Duvo.AnswerInvalid');
  expect(await choose(handle, gate, labels(gate)[1] ?? '')).toMatchObject({ outcome: 'answered' });
  const result = (await handle.result()) as AgentRunResult;
  expect(result).toMatchObject({ runId: ours, start: 'adopted', gates: [{ outcome: 'answered', by: 'alice' }] });
  expect(result.clocks.humanMs).toBeGreaterThan(0);
  expect(runsOf(ignores, 'chosen')).toHaveLength(2);
});

test('a start that a person repeats has the same key, and the result warns that a second run may exist', async () => {
  const { handle, gate } = await twoLookAlikes(ignores, 'again');
  await choose(handle, gate, 'start again');
  expect(await handle.result()).toMatchObject({ status: 'completed', start: 'ambiguous' });
  const starts = startsOf(ignores, 'again').filter(({ idempotencyKey }, _index, [first]) => {
    return idempotencyKey === first?.idempotencyKey;
  });
  expect(starts).toHaveLength(2);
});

test('an ambiguous start that a person ends fails with the candidates in the details', async () => {
  const { handle, gate, ours, other } = await twoLookAlikes(ignores, 'given up');
  await choose(handle, gate, 'fail the run');
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({
    type: 'Duvo.StartAmbiguous',
    details: [{ gates: [{ outcome: 'answered' }] }, { candidates: [{ runId: other }, { runId: ours }] }],
  });
  expect((await state(handle)).start).toBe('ambiguous');
});

test('an ambiguous start that nobody decides in time fails, with every policy except hold', async () => {
  const { handle } = await lookAlikes(ignores, 'timed out', { gate: { due: 500, onTimeout: 'approve' } });
  expect(await failureOf(handle.result())).toMatchObject({
    type: 'Duvo.GateTimedOut',
    details: [{ gates: [{ outcome: 'timed-out' }] }],
  });
});

test('the wait for a decision does not count against the deadline, and a cancellation withdraws the gate, unconfirmed', async () => {
  const { handle, gate } = await twoLookAlikes(ignores, 'cancelled', { deadline: '30s' });
  await handle.signal('hint', { source: 'test' });
  await handle.cancel();
  expect((await failureOf(handle.result())).name).toBe('CancelledFailure');
  expect((await state(handle)).cancel).toBe('unconfirmed');
  expect(await handle.query<Gate[]>('gates')).toMatchObject([{ gateId: gate.gateId, outcome: 'withdrawn' }]);
});

test('a person decides without candidates when Duvo does not list runs', async () => {
  // A worker remembers that its Duvo does not list runs.
  const stack = await startStack();
  try {
    stack.simulator.addFault({ operation: 'list', effect: { status: 404 } });
    const handle = await begin(stack, 'unlisted', { dropResponse: true });
    const gate = await waitForOpenGate(handle);
    expect(labels(gate)).toEqual(['start again', 'fail the run']);
    await choose(handle, gate, 'start again');
    expect(await handle.result()).toMatchObject({ status: 'completed', start: 'ambiguous' });
    // This Duvo honours idempotency keys, so it has only one run.
    expect(runsOf(stack, 'unlisted')).toHaveLength(1);
  } finally {
    await stack.stop();
  }
});

const REUSED: Fault['effect'] = { status: 422, body: { code: 'idempotency_key_reused' } };

test('a run is adopted when Duvo has received the key with another request', async () => {
  honours.simulator.script('known key', DONE);
  const runId = await twin(honours, 'known key');
  const handle = await begin(honours, 'known key', REUSED);
  expect(await handle.result()).toMatchObject({ runId, start: 'adopted' });
});

test('a person decides when Duvo has received the key with another request and no run is found', async () => {
  const handle = await begin(honours, 'known key, no run', REUSED);
  const gate = await waitForOpenGate(handle);
  await choose(handle, gate, 'fail the run');
  expect((await failureOf(handle.result())).type).toBe('Duvo.StartAmbiguous');
});
