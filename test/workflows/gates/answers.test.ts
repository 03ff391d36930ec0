import type { Gate } from '../../../contract/gates/gates';
import type { RunState } from '../../../contract/runs';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { APPROVAL, FREE, LEDGERS, QUESTIONS, gateRuns } from '../../support/gate-runs';
import { eventually, waitForIdlePoll, waitForOpenGate, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const { duvoRunId, refusal, responseKeys, result, startScenario, submit } = gateRuns(() => stack);

test('the update returns its verdict after the delivery, and the result has the evidence', async () => {
  const handle = await startScenario('approve', APPROVAL);
  const gate = await waitForOpenGate(handle);
  expect(gate).toMatchObject({
    ref: `${handle.workflowId}#${gate.gateId}`,
    source: 'duvo',
    type: 'approval',
    title: 'Pay 4711?',
    description: 'It is odd',
    status: 'open',
  });
  const verdict = await submit(handle, { gateId: gate.gateId, approved: true, by: 'alice', comment: 'checked' });
  expect(verdict).toMatchObject({ gateId: gate.gateId, outcome: 'approved' });
  const runId = await duvoRunId(handle);
  expect(stack.simulator.getRun(runId).humanRequests[0]).toMatchObject({
    status: 'answered',
    answer: { approved: true },
  });
  expect(await result(handle)).toMatchObject({
    status: 'completed',
    output: 'paid',
    start: 'started',
    gates: [{ outcome: 'approved', by: 'alice', comment: 'checked', via: 'update', at: verdict.at, status: 'closed' }],
  });
  expect(responseKeys({ runId })).toHaveLength(1);
});

test('a signal denies an approval', async () => {
  const handle = await startScenario('deny', APPROVAL);
  const gate = await waitForOpenGate(handle);
  await handle.signal('answerGate', { gateId: gate.gateId, approved: false, by: 'bob' });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'denied', by: 'bob', via: 'signal' }]);
});

test('a list of labels reaches Duvo joined by commas', async () => {
  const handle = await startScenario('questions', QUESTIONS);
  const gate = await waitForOpenGate(handle);
  const answers = { [LEDGERS.question]: ['main', 'side'], [FREE.question]: 'because, well' };
  expect(await submit(handle, { gateId: gate.gateId, answers, by: 'alice' })).toMatchObject({ outcome: 'answered' });
  const { humanRequests } = stack.simulator.getRun(await duvoRunId(handle));
  expect(humanRequests[0]?.answer).toEqual({
    answers: { [LEDGERS.question]: 'main,side', [FREE.question]: 'because, well' },
  });
  await result(handle);
});

test.each([
  ['an approval for questions', { approved: true }],
  ['a missing question', { answers: { [LEDGERS.question]: 'main' } }],
  ['an unknown option', { answers: { [LEDGERS.question]: 'other', [FREE.question]: 'x' } }],
  ['a question that is not asked', { answers: { [LEDGERS.question]: 'main', [FREE.question]: 'x', more: 'y' } }],
  [
    'several answers to a question that takes one',
    { answers: { [LEDGERS.question]: 'main', [FREE.question]: ['x', 'y'] } },
  ],
  ['an empty answer', { answers: { [LEDGERS.question]: 'main', [FREE.question]: ' ' } }],
  [
    'a comma in a multi-select, which Duvo cannot carry',
    { answers: { [LEDGERS.question]: ['a,b'], [FREE.question]: 'x' } },
  ],
  ['neither approved nor answers', {}],
  ['a missing name of the person', { answers: { [LEDGERS.question]: 'main', [FREE.question]: 'x' }, by: '' }],
])('an invalid answer is refused without an event in the history: %s', async (_what, answer) => {
  const handle = await startScenario('invalid', QUESTIONS, { watch: { every: [{ every: 200 }], atGate: '60s' } });
  const gate = await waitForOpenGate(handle);
  const failure = await refusal(handle, { gateId: gate.gateId, by: 'alice', ...answer });
  expect(failure.type).toBe('Duvo.AnswerInvalid');
  const { events = [] } = await handle.fetchHistory();
  expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
  expect(await waitForOpenGate(handle)).toEqual(gate);
  await handle.terminate();
});

test('an answer to two questions with the same text is refused with the reason', async () => {
  const handle = await startScenario('same-text', {
    steps: [{ ask: { type: 'question', title: 'Twice', questions: [FREE, FREE] } }],
  });
  const gate = await waitForOpenGate(handle);
  const failure = await refusal(handle, { gateId: gate.gateId, answers: { [FREE.question]: 'x' }, by: 'alice' });
  expect(failure).toMatchObject({
    type: 'Duvo.AnswerInvalid',
    message: expect.stringContaining('same text') as string,
  });
  await handle.terminate();
});

test('a second answer is refused and never delivered', async () => {
  const handle = await startScenario('second', {
    ...APPROVAL,
    steps: [{ ask: { type: 'approval', title: 'x' } }, { status: 'running' }],
  });
  const gate = await waitForOpenGate(handle);
  await submit(handle, { gateId: gate.gateId, approved: true, by: 'alice' });
  expect((await refusal(handle, { gateId: gate.gateId, approved: false, by: 'bob' })).type).toBe('Duvo.GateClosed');
  await handle.signal('answerGate', { gateId: gate.gateId, approved: false, by: 'carol' });
  const { unusedAnswers } = await eventually(async () => {
    const state = await handle.query<RunState>('runState');
    return state.unusedAnswers.length > 0 && state;
  });
  expect(unusedAnswers).toMatchObject([{ gateId: gate.gateId, by: 'carol' }]);
  expect(responseKeys({ runId: await duvoRunId(handle) })).toHaveLength(1);
  await handle.terminate();
});

test('an answer to a closed gate is never applied to the gate that follows it', async () => {
  const handle = await startScenario('two', {
    steps: [
      { ask: { type: 'approval', title: 'one' } },
      { ask: { type: 'approval', title: 'two' } },
      { end: 'completed' },
    ],
  });
  const first = await waitForOpenGate(handle);
  await submit(handle, { gateId: first.gateId, approved: true, by: 'alice' });
  const second = await eventually(async () => {
    const gate = await waitForOpenGate(handle);
    return gate.gateId !== first.gateId && gate;
  });
  expect((await refusal(handle, { gateId: first.gateId, approved: true, by: 'bob' })).type).toBe('Duvo.GateClosed');
  await submit(handle, { gateId: second.gateId, approved: false, by: 'bob' });
  expect((await result(handle)).gates.map(({ outcome }) => outcome)).toEqual(['approved', 'denied']);
});

test('an update for an unknown gate polls the run once and is then refused', async () => {
  const handle = await startScenario(
    'unknown',
    { steps: [{ status: 'running' }] },
    { watch: { every: [{ every: '60s' }] } },
  );
  await eventually(() => duvoRunId(handle));
  const looks = () =>
    stack.simulator.ledger.filter(({ operation, agentId }) => operation === 'get' && agentId === 'unknown').length;
  await eventually(() => looks() > 0);
  const before = looks();
  expect((await refusal(handle, { gateId: 'nobody', approved: true, by: 'alice' })).type).toBe('Duvo.GateUnknown');
  expect(looks()).toBeGreaterThan(before);
  await handle.terminate();
});

test('an update for an unknown gate is refused at once, and leaves no event, while the run is being started', async () => {
  const held = stack.simulator.addFault({ operation: 'start', agentId: 'no run yet', effect: { hold: 'before' } });
  const handle = await startScenario('no run yet', { steps: [{ end: 'completed' }] });
  await eventually(() => held.hits > 0);
  expect((await refusal(handle, { gateId: 'nobody', approved: true, by: 'alice' })).type).toBe('Duvo.GateUnknown');
  const { events } = await handle.fetchHistory();
  expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
  held.release();
  await result(handle);
});

test('an answer finds a gate that Duvo has opened since the last poll', async () => {
  const slow = { watch: { every: [{ every: '60s' }] } };
  const handle = await startScenario(
    'fresh',
    { steps: [{ status: 'running', duration: 500 }, { ask: { type: 'approval', title: 'x' } }, { end: 'completed' }] },
    slow,
  );
  const runId = await eventually(() => duvoRunId(handle));
  await waitForIdlePoll(handle);
  const request = await eventually(() => stack.simulator.getRun(runId).humanRequests[0]?.id);
  expect(await submit(handle, { gateId: request, approved: true, by: 'alice' })).toMatchObject({ outcome: 'approved' });
  await handle.signal('hint', { source: 'test' });
  expect(await result(handle)).toMatchObject({ status: 'completed' });
});

test('an early answer by signal is kept until its gate opens, or listed as unused when no gate opens', async () => {
  const held = stack.simulator.addFault({ operation: 'start', agentId: 'early', effect: { hold: 'after' } });
  const handle = await startScenario('early', {
    steps: [{ ask: { type: 'approval', title: 'x' } }, { end: 'completed' }],
  });
  const { runId = '' } = await stack.simulator.waitFor((entry) => entry.committed && entry.agentId === 'early');
  const gateId = await eventually(() => stack.simulator.getRun(runId).humanRequests[0]?.id);
  await handle.signal('answerGate', { gateId, approved: true, by: 'early bird' });
  await handle.signal('answerGate', { gateId: 'no such gate', approved: true, by: 'lost' });
  held.release();
  expect(await result(handle)).toMatchObject({
    gates: [{ gateId, outcome: 'approved', by: 'early bird', via: 'signal' }],
    unusedAnswers: [{ gateId: 'no such gate', by: 'lost' }],
  });
});

test('an answer cannot set the fields that only the workflow sets', async () => {
  const handle = await startScenario('posing', APPROVAL);
  const { gateId } = await waitForOpenGate(handle);
  const posing = { gateId, approved: true, by: 'alice', timedOut: true, deliveryStarted: true };
  await handle.signal('answerGate', posing);
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'approved', by: 'alice', via: 'signal' }]);
});

test('a signal with any other JSON is listed as unused, and the run continues', async () => {
  const handle = await startScenario('odd-signals', APPROVAL);
  const { gateId } = await waitForOpenGate(handle);
  for (const odd of [null, 7, 'x', [], {}, { gateId: { toString: 1 }, by: { valueOf: null } }, { gateId, by: ['a'] }])
    await handle.signal('answerGate', odd);
  await handle.signal('answerGate', { gateId: 'g'.repeat(100_000), by: 7 });
  await submit(handle, { gateId, approved: true, by: 'alice' });
  const { unusedAnswers = [] } = await result(handle);
  expect(unusedAnswers).toHaveLength(8);
  expect(JSON.stringify(unusedAnswers).length).toBeLessThan(5_000);
});

test('the result of a run with many long gates fits into a history and keeps the start of each text', async () => {
  const long = '請'.repeat(95_000);
  const asks = Array.from({ length: 8 }, (_one, n) => ({
    ask: { type: 'approval' as const, title: `Part ${n + 1}?`, description: long },
  }));
  const handle = await startScenario('long', { steps: [...asks, { end: 'completed' }], lastMessage: 'done' });
  for (const { ask } of asks) {
    const gate = await eventually(async () =>
      (await handle.query<Gate[]>('gates')).find(({ status, title }) => status === 'open' && title === ask.title),
    );
    expect(Buffer.byteLength(gate.description ?? '')).toBeLessThan(101_000);
    expect(gate.description?.startsWith('請請')).toBe(true);
    await submit(handle, { gateId: gate.gateId, approved: true, by: 'alice' });
  }
  const { gates, output } = await result(handle);
  expect(output).toBe('done');
  expect(gates.map(({ title, outcome }) => [title, outcome])).toEqual(asks.map(({ ask }) => [ask.title, 'approved']));
  expect(gates[0]?.description).toMatch(/^請{1000}… \(the rest is in Duvo\)$/);
});
