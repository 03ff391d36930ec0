import type { WorkflowHandle } from '@temporalio/client';
import type { AgentRunResult, RunState } from '../../../contract/runs';
import type { SubmitAnswerResult, Gate, GateAnswer } from '../../../contract/gates';
import type { Scenario } from '../../../testing';
import { waitForIdlePoll, eventually, waitForOpenGate, QUICK_WATCH, type Stack, startStack } from '../../support/stack';
import { failureOf } from '../../support/failures';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const APPROVAL: Scenario = {
  steps: [
    { status: 'running', looks: 1 },
    { ask: { type: 'approval', title: 'Pay 4711?', description: 'It is odd' } },
    { status: 'running', looks: 2 },
    { end: 'completed' },
  ],
  says: 'paid',
};
const LEDGERS = {
  question: 'Which ledgers?',
  multi_select: true,
  options: [{ label: 'main' }, { label: 'side' }, { label: 'a,b' }],
};
const FREE = { question: 'Why?' };
const QUESTIONS: Scenario = {
  steps: [{ ask: { type: 'question', title: 'Two things', questions: [LEDGERS, FREE] } }, { end: 'completed' }],
};

async function begin(name: string, scenario: Scenario, input: object = {}): Promise<WorkflowHandle> {
  stack.simulator.script(name, scenario);
  return stack.start({ agentId: name, ...input });
}
const submit = (handle: WorkflowHandle, answer: GateAnswer) =>
  handle.executeUpdate<SubmitAnswerResult, [GateAnswer]>('submitAnswer', { args: [answer] });
const refusal = (handle: WorkflowHandle, answer: unknown) => failureOf(submit(handle, answer as GateAnswer));
const result = (handle: WorkflowHandle) => handle.result() as Promise<AgentRunResult>;
/** The keys of the answers that were sent: a second try has the key of the first. */
const responds = ({ runId }: { runId: string }) => {
  const sent = stack.simulator.ledger.filter((entry) => entry.operation === 'respond' && entry.runId === runId);
  return [...new Set(sent.map(({ idempotencyKey }) => idempotencyKey))];
};
const duvoRun = async (handle: WorkflowHandle) => (await handle.query<RunState>('runState')).runId ?? '';

test('an approval by update: the verdict comes after the delivery, the evidence is in the result', async () => {
  const handle = await begin('approve', APPROVAL);
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
  const runId = await duvoRun(handle);
  expect(stack.simulator.getRun(runId).requests[0]).toMatchObject({ status: 'answered', answer: { approved: true } });
  expect(await result(handle)).toMatchObject({
    status: 'completed',
    output: 'paid',
    start: 'started',
    gates: [{ outcome: 'approved', by: 'alice', comment: 'checked', via: 'update', at: verdict.at, status: 'closed' }],
  });
  expect(responds({ runId })).toHaveLength(1);
});

test('a denial by signal', async () => {
  const handle = await begin('deny', APPROVAL);
  const gate = await waitForOpenGate(handle);
  await handle.signal('answerGate', { gateId: gate.gateId, approved: false, by: 'bob' });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'denied', by: 'bob', via: 'signal' }]);
});

test('questions are answered by their text, several labels as a list, and reach Duvo joined by commas', async () => {
  const handle = await begin('questions', QUESTIONS);
  const gate = await waitForOpenGate(handle);
  const answers = { [LEDGERS.question]: ['main', 'side'], [FREE.question]: 'because, well' };
  expect(await submit(handle, { gateId: gate.gateId, answers, by: 'alice' })).toMatchObject({ outcome: 'answered' });
  const { requests } = stack.simulator.getRun(await duvoRun(handle));
  expect(requests[0]?.answer).toEqual({
    answers: { [LEDGERS.question]: 'main,side', [FREE.question]: 'because, well' },
  });
  await result(handle);
});

test.each([
  ['an approval for questions', { approved: true }],
  ['a question left out', { answers: { [LEDGERS.question]: 'main' } }],
  ['an option that is none', { answers: { [LEDGERS.question]: 'other', [FREE.question]: 'x' } }],
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
  ['nobody who answers', { answers: { [LEDGERS.question]: 'main', [FREE.question]: 'x' }, by: '' }],
])('refused as invalid, without a trace in the history: %s', async (_what, answer) => {
  const handle = await begin('invalid', QUESTIONS, { watch: { every: [{ every: 200 }], atGate: '60s' } });
  const gate = await waitForOpenGate(handle);
  const failure = await refusal(handle, { gateId: gate.gateId, by: 'alice', ...answer });
  expect(failure.type).toBe('Duvo.AnswerInvalid');
  const { events = [] } = await handle.fetchHistory();
  expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
  expect(await waitForOpenGate(handle)).toEqual(gate);
  await handle.terminate();
});

test('two questions of the same text cannot be carried: refused with the reason', async () => {
  const handle = await begin('same-text', {
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
  const handle = await begin('second', {
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
  expect(responds({ runId: await duvoRun(handle) })).toHaveLength(1);
  await handle.terminate();
});

test('two gates after one another: an answer to the first is never applied to the second', async () => {
  const handle = await begin('two', {
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

test('an id that is not known: by update the run is looked at once, then it is refused', async () => {
  const handle = await begin('unknown', { steps: [{ status: 'running' }] }, { watch: { every: [{ every: '60s' }] } });
  await eventually(() => duvoRun(handle));
  const looks = () =>
    stack.simulator.ledger.filter(({ operation, agentId }) => operation === 'get' && agentId === 'unknown').length;
  await eventually(() => looks() > 0);
  const before = looks();
  expect((await refusal(handle, { gateId: 'nobody', approved: true, by: 'alice' })).type).toBe('Duvo.GateUnknown');
  expect(looks()).toBeGreaterThan(before);
  await handle.terminate();
});

test('a gate that Duvo has opened since the last look is found by the answer to it', async () => {
  const slow = { watch: { every: [{ every: '60s' }] } };
  const handle = await begin(
    'fresh',
    { steps: [{ status: 'running', for: 500 }, { ask: { type: 'approval', title: 'x' } }, { end: 'completed' }] },
    slow,
  );
  const runId = await eventually(() => duvoRun(handle));
  await waitForIdlePoll(handle);
  const request = await eventually(() => stack.simulator.getRun(runId).requests[0]?.id);
  expect(await submit(handle, { gateId: request, approved: true, by: 'alice' })).toMatchObject({ outcome: 'approved' });
  await handle.signal('hint', { source: 'test' });
  expect(await result(handle)).toMatchObject({ status: 'completed' });
});

test('an early answer by signal is kept until its gate opens; one that no gate came for is listed as unused', async () => {
  const held = stack.simulator.addFault({ on: 'start', agentId: 'early', how: { hold: 'after' } });
  const handle = await begin('early', { steps: [{ ask: { type: 'approval', title: 'x' } }, { end: 'completed' }] });
  const { runId = '' } = await stack.simulator.waitFor((entry) => entry.committed && entry.agentId === 'early');
  const gateId = await eventually(() => stack.simulator.getRun(runId).requests[0]?.id);
  await handle.signal('answerGate', { gateId, approved: true, by: 'early bird' });
  await handle.signal('answerGate', { gateId: 'no such gate', approved: true, by: 'lost' });
  held.release();
  expect(await result(handle)).toMatchObject({
    gates: [{ gateId, outcome: 'approved', by: 'early bird', via: 'signal' }],
    unusedAnswers: [{ gateId: 'no such gate', by: 'lost' }],
  });
});

test("answered in Duvo's own UI: the gate closes as answered-elsewhere, without a name", async () => {
  const handle = await begin('elsewhere', APPROVAL);
  const gate = await waitForOpenGate(handle);
  stack.simulator.answerInDuvo(await duvoRun(handle), gate.gateId, { approved: true });
  const [closed] = (await result(handle)).gates;
  expect(closed).toMatchObject({ outcome: 'answered-elsewhere' });
  expect(closed?.by).toBeUndefined();
});

test('answered in Duvo just before ours arrives: ours is refused as closed and nobody is named', async () => {
  const handle = await begin('overtaken', APPROVAL, { watch: { every: [{ every: 200 }], atGate: '60s' } });
  const gate = await waitForOpenGate(handle);
  await waitForIdlePoll(handle);
  stack.simulator.answerInDuvo(await duvoRun(handle), gate.gateId, { approved: false });
  expect((await refusal(handle, { gateId: gate.gateId, approved: true, by: 'alice' })).type).toBe('Duvo.GateClosed');
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'answered-elsewhere' }]);
});

test('an answer that has not left when a look finds the gate answered in Duvo names nobody, and is listed as unused', async () => {
  const handle = await begin('not-left', APPROVAL, { watch: { every: [{ every: 200 }], atGate: '60s' } });
  const gate = await waitForOpenGate(handle);
  const runId = await duvoRun(handle);
  await waitForIdlePoll(handle);
  // The cancel looks at the run; while that look is under way, the gate is answered here and there.
  const held = stack.simulator.addFault({ on: 'get', runId, how: { hold: 'before' } });
  await handle.cancel();
  await eventually(() => held.hits > 0);
  await handle.signal('answerGate', { gateId: gate.gateId, approved: true, by: 'alice' });
  stack.simulator.answerInDuvo(runId, gate.gateId, { approved: false });
  held.release();
  await failureOf(handle.result());
  const [closed] = await handle.query<Gate[]>('gates');
  expect(closed).toMatchObject({ status: 'closed', outcome: 'answered-elsewhere' });
  expect(closed?.by).toBeUndefined();
  const { unusedAnswers } = await handle.query<RunState>('runState');
  expect(unusedAnswers).toMatchObject([{ gateId: gate.gateId, by: 'alice' }]);
  expect(responds({ runId })).toEqual([]);
});

test('an answer cannot say of itself what only the workflow says', async () => {
  const handle = await begin('posing', APPROVAL);
  const { gateId } = await waitForOpenGate(handle);
  const posing = { gateId, approved: true, by: 'alice', timedOut: true, sent: true };
  await handle.signal('answerGate', posing);
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'approved', by: 'alice', via: 'signal' }]);
});

test('our own answer whose response was lost is our answer', async () => {
  const handle = await begin('lost', APPROVAL);
  const gate = await waitForOpenGate(handle);
  stack.simulator.addFault({ on: 'respond', runId: await duvoRun(handle), how: { loseResponse: true } });
  expect(await submit(handle, { gateId: gate.gateId, approved: true, by: 'alice' })).toMatchObject({
    outcome: 'approved',
  });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'approved', by: 'alice' }]);
});

test('an answer that Duvo refuses for good leaves the gate open, and the next one can be given', async () => {
  const handle = await begin('refused', APPROVAL);
  const gate = await waitForOpenGate(handle);
  stack.simulator.addFault({
    on: 'respond',
    runId: await duvoRun(handle),
    how: { status: 422, body: { code: 'invalid' } },
  });
  expect((await refusal(handle, { gateId: gate.gateId, approved: true, by: 'alice' })).type).toBe('Duvo.AnswerInvalid');
  expect(await submit(handle, { gateId: gate.gateId, approved: false, by: 'bob' })).toMatchObject({
    outcome: 'denied',
  });
  expect(await result(handle)).toMatchObject({
    gates: [{ outcome: 'denied', by: 'bob' }],
    unusedAnswers: [{ by: 'alice' }],
  });
});

test('the run ends while its gate is open: the gate is withdrawn', async () => {
  const handle = await begin('withdrawn', APPROVAL);
  await waitForOpenGate(handle);
  stack.simulator.addFault({ on: 'get', runId: await duvoRun(handle), how: { runStatus: 'failed' } });
  const failure = await failureOf(handle.result());
  expect(failure.type).toBe('Duvo.RunFailed');
  expect((failure.details?.[0] as { gates: Gate[] }).gates).toMatchObject([{ outcome: 'withdrawn' }]);
});

test.each([
  ['deny', 'timed-out', { approved: false }],
  ['approve', 'timed-out', { approved: true }],
] as const)(
  'nobody answers in time, policy %s: the outcome is timed-out and names nobody',
  async (onTimeout, outcome, sent) => {
    const handle = await begin(`due-${onTimeout}`, APPROVAL, { watch: QUICK_WATCH, gate: { due: 300, onTimeout } });
    const { gates, runId } = await result(handle);
    expect(gates).toMatchObject([{ outcome, due: expect.any(String) as string }]);
    expect(gates[0]?.by).toBeUndefined();
    expect(stack.simulator.getRun(runId).requests[0]?.answer).toEqual(sent);
  },
);

test('nobody answers in time, policy fail: the run is stopped and the failure names the gate', async () => {
  const handle = await begin('due-fail', APPROVAL, { gate: { due: 300, onTimeout: 'fail' } });
  const failure = await failureOf(handle.result());
  expect(failure.type).toBe('Duvo.GateTimedOut');
  const details = failure.details?.[0] as { runId: string; gates: Gate[] };
  expect(details.gates).toMatchObject([{ outcome: 'timed-out' }]);
  expect(stack.simulator.getRun(details.runId).status).toBe('canceled');
});

test('an answer that comes while the policy’s is on its way is told that its time is over', async () => {
  const how = { hold: 'before' as const };
  const held = stack.simulator.addFault({ on: 'respond', agentId: 'due-late', how, times: Infinity });
  const handle = await begin('due-late', APPROVAL, { gate: { due: 300, onTimeout: 'deny' } });
  await eventually(() => held.hits > 0);
  // It closes when its answer is delivered.
  const { gateId } = await waitForOpenGate(handle);
  const refused = await refusal(handle, { gateId, approved: true, by: 'late' });
  held.release();
  expect(refused).toMatchObject({ type: 'Duvo.GateClosed', message: expect.stringContaining('time') as string });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'timed-out' }]);
});

test('a 409 while the request is still open is nobody’s answer: it is tried again, and the answer arrives', async () => {
  const handle = await begin('conflict', APPROVAL);
  const { gateId } = await waitForOpenGate(handle);
  const runId = await duvoRun(handle);
  stack.simulator.addFault({ on: 'respond', runId, how: { status: 409, body: { code: 'conflict' } } });
  expect(await submit(handle, { gateId, approved: true, by: 'alice' })).toMatchObject({ outcome: 'approved' });
  expect(await result(handle)).toMatchObject({ status: 'completed', gates: [{ outcome: 'approved', by: 'alice' }] });
});

test('a run that was stopped in Duvo before the answer arrives: its gate is withdrawn, and nobody is named', async () => {
  const handle = await begin(
    'stopped-first',
    { ...APPROVAL, stopWhileWaiting: 'stop' },
    { watch: { every: [{ every: 200 }], atGate: '1h' } },
  );
  const { gateId } = await waitForOpenGate(handle);
  await waitForIdlePoll(handle);
  const runId = await duvoRun(handle);
  const stopped = await fetch(`${stack.simulator.url}/v1/runs/${runId}/stop`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.simulator.apiKey}`, 'idempotency-key': 'somebody-in-duvo' },
  });
  expect(((await stopped.json()) as { success: boolean }).success).toBe(true);
  expect(await refusal(handle, { gateId, approved: true, by: 'alice' })).toMatchObject({ type: 'Duvo.GateClosed' });
  const failure = await failureOf(handle.result());
  expect(failure).toMatchObject({ type: 'Duvo.RunCanceled' });
  const [details] = failure.details as [{ gates: Gate[] }];
  expect(details.gates).toMatchObject([{ outcome: 'withdrawn' }]);
  expect(details.gates[0]).not.toHaveProperty('by');
});

test('any JSON as an answer by signal is listed as unused, and the run goes on', async () => {
  const handle = await begin('odd-signals', APPROVAL);
  const { gateId } = await waitForOpenGate(handle);
  for (const odd of [null, 7, 'x', [], {}, { gateId: { toString: 1 }, by: { valueOf: null } }, { gateId, by: ['a'] }])
    await handle.signal('answerGate', odd);
  await handle.signal('answerGate', { gateId: 'g'.repeat(100_000), by: 7 });
  await submit(handle, { gateId, approved: true, by: 'alice' });
  const { unusedAnswers = [] } = await result(handle);
  expect(unusedAnswers).toHaveLength(8);
  expect(JSON.stringify(unusedAnswers).length).toBeLessThan(5_000);
});

test('many gates with long texts: the result fits, and each closed gate still tells what it was about', async () => {
  const long = '請'.repeat(95_000);
  const asks = Array.from({ length: 8 }, (_one, n) => ({
    ask: { type: 'approval' as const, title: `Part ${n + 1}?`, description: long },
  }));
  const handle = await begin('long', { steps: [...asks, { end: 'completed' }], says: 'done' });
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
