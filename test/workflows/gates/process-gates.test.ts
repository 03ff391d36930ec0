import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { SubmitAnswerResult, Gate, GateAnswer, UnusedAnswer } from '../../../contract/gates/gates';
import { concurrentTests, serialTest } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { PAY, TWICE, LEDGER, TWO } from '../../support/process-gate-inputs';
import type { DelayedGateInput } from '../../support/workflows/processes';
import { duvo, setUpDuvoWorkflows, stack } from '../../support/duvo-workflows';
import { eventually, waitForOpenGate } from '../../support/stack';
import { collect } from '../../support/collect';

const test = concurrentTests();

setUpDuvoWorkflows();

const begin = (...asked: DelayedGateInput[]): Promise<WorkflowHandle> =>
  stack.client.workflow.start('asksOf', { taskQueue: stack.taskQueue, workflowId: randomUUID(), args: [asked] });
const submit = (handle: WorkflowHandle, answer: GateAnswer) =>
  handle.executeUpdate<SubmitAnswerResult, [GateAnswer]>('submitAnswer', { args: [answer] });
const gatesOf = (handle: WorkflowHandle) => handle.query<Gate[]>('gates');
const unused = (handle: WorkflowHandle) => handle.query<UnusedAnswer[]>('unusedAnswers');

serialTest('an open gate survives a restart of the worker', async () => {
  const handle = await begin(PAY);
  const gate = await waitForOpenGate(handle);
  await stack.stopWorkers();
  await stack.startWorkers();
  expect(await duvo.gates.get(gate.ref)).toEqual(gate);
  await duvo.gates.answer(gate, { approved: true, by: 'alice' });
  expect(await handle.result()).toMatchObject([{ approved: true }]);
});

test('an approval opens a gate like those of runs, and returns the answer to the process', async () => {
  const handle = await begin({ ...PAY, due: '1h' });
  const gate = await waitForOpenGate(handle);
  expect(gate).toMatchObject({ ...PAY, gateId: 'p-1', ref: `${handle.workflowId}#p-1`, source: 'process' });
  expect(Date.parse(gate.due ?? '') - Date.parse(gate.openedAt)).toBe(3_600_000);
  const verdict = await submit(handle, { gateId: 'p-1', approved: true, by: 'alice', comment: 'checked' });
  expect(verdict).toMatchObject({ gateId: 'p-1', outcome: 'approved' });
  const evidence = { by: 'alice', via: 'update', comment: 'checked', at: verdict.at };
  expect(await handle.result()).toEqual([{ approved: true, outcome: 'approved', ...evidence }]);
  expect(await gatesOf(handle)).toMatchObject([{ status: 'closed', outcome: 'approved', ...evidence }]);
});

test('an approval whose description is empty opens a gate without a description', async () => {
  const handle = await begin({ title: 'Pay 4711?', description: '' });
  expect(await waitForOpenGate(handle)).not.toHaveProperty('description');
  await handle.signal('answerGate', { gateId: 'p-1', approved: true, by: 'bob' });
  expect(await handle.result()).toMatchObject([{ approved: true }]);
});

test('a signal denies an approval', async () => {
  const handle = await begin(PAY);
  await waitForOpenGate(handle);
  await handle.signal('answerGate', { gateId: 'p-1', approved: false, by: 'bob' });
  expect(await handle.result()).toMatchObject([{ approved: false, by: 'bob', via: 'signal' }]);
});

test('an answer cannot set the fields that only the workflow sets', async () => {
  const handle = await begin(PAY);
  await waitForOpenGate(handle);
  const forged = { gateId: 'p-1', approved: false, by: 'mallory', timedOut: true, via: 'signal' };
  expect(await submit(handle, forged as GateAnswer)).toMatchObject({ outcome: 'denied' });
  expect(await handle.result()).toMatchObject([{ approved: false, by: 'mallory', via: 'update' }]);
});

test('questions return the answers by their text; a multi-select returns a list and may have a comma', async () => {
  const handle = await begin(TWO);
  await waitForOpenGate(handle);
  await submit(handle, { gateId: 'p-1', answers: { [LEDGER]: 'side', ['Which tags?']: 'a,b' }, by: 'alice' });
  expect(await handle.result()).toMatchObject([
    { answers: { [LEDGER]: 'side', ['Which tags?']: ['a,b'] }, by: 'alice' },
  ]);
});

test.each([
  ['deny', { approved: false, outcome: 'timed-out' }],
  ['approve', { approved: true, outcome: 'timed-out' }],
  ['fail', 'Duvo.GateTimedOut'],
] as const)('an approval without an answer in time applies the policy %s', async (onTimeout, expected) => {
  const handle = await begin({ ...PAY, due: 200, onTimeout });
  const [result] = (await handle.result()) as object[];
  if (typeof expected === 'string') expect(result).toBe(expected);
  else expect(result).toEqual({ ...expected, at: expect.any(String) as string });
  const [gate] = await gatesOf(handle);
  expect(gate).toMatchObject({ status: 'closed', outcome: 'timed-out' });
  expect(gate).not.toHaveProperty('by');
});

test('questions that nobody answers in time fail, with the gate in the details', async () => {
  const handle = await begin({ ...TWO, due: 200, onTimeout: 'fail', rethrow: true });
  expect(await failureOf(handle.result())).toMatchObject({
    type: 'Duvo.GateTimedOut',
    details: [{ gates: [{ gateId: 'p-1', outcome: 'timed-out' }] }],
  });
});

test('an overdue gate with the policy hold can still be answered', async () => {
  const handle = await begin({ ...PAY, due: 1 });
  const gate = await waitForOpenGate(handle);
  await eventually(() => Date.now() > Date.parse(gate.due ?? ''));
  await submit(handle, { gateId: 'p-1', approved: true, by: 'alice' });
  expect(await handle.result()).toMatchObject([{ approved: true, by: 'alice' }]);
});

test.each([
  ['in their order', ['p-1', 'second']],
  ['the other way round', ['second', 'p-1']],
])('two gates are open at the same time and are answered %s', async (_how, order) => {
  const handle = await begin(PAY, { ...PAY, id: 'second' });
  await eventually(async () => (await gatesOf(handle).catch(() => [])).length === 2);
  for (const gateId of order) await submit(handle, { gateId, approved: gateId === 'second', by: gateId });
  expect(await handle.result()).toMatchObject([
    { approved: false, by: 'p-1' },
    { approved: true, by: 'second' },
  ]);
});

test('an invalid, a second and a late answer, and an answer to an unknown gate, are refused with the reason', async () => {
  const handle = await begin(PAY, { ...TWO, id: 'open' });
  const ref = (gateId: string) => `${handle.workflowId}#${gateId}`;
  await eventually(async () => (await gatesOf(handle).catch(() => [])).length === 2);
  const refused = async (gateId: string, answer: object) =>
    (await failureOf(duvo.gates.answer(ref(gateId), { by: 'bob', ...answer }))).type;
  expect(await refused('p-1', { answers: {} })).toBe('Duvo.AnswerInvalid');
  expect(await refused('open', { answers: { [LEDGER]: 'other', ['Which tags?']: 'c' } })).toBe('Duvo.AnswerInvalid');
  expect(await refused('nobody', { approved: true })).toBe('Duvo.GateUnknown');
  expect(await duvo.gates.answer(ref('p-1'), { approved: true, by: 'alice' })).toMatchObject({ outcome: 'approved' });
  expect(await refused('p-1', { approved: false })).toBe('Duvo.GateClosed');
  await handle.signal('answerGate', { gateId: 'p-1', approved: false, by: 'carol' });
  expect(await eventually(async () => (await unused(handle))[0])).toMatchObject({ gateId: 'p-1', by: 'carol' });
  const { events = [] } = await handle.fetchHistory();
  expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toHaveLength(1);
  await duvo.gates.answer(ref('open'), { answers: { [LEDGER]: 'main', ['Which tags?']: ['c'] }, by: 'alice' });
  await handle.result();
  const late = await failureOf(duvo.gates.answer(ref('open'), { approved: true, by: 'dave' }));
  expect(late).toMatchObject({
    type: 'Duvo.GateClosed',
    message: expect.stringContaining('was answered by alice at') as string,
  });
});

test('answers by signal that arrive before their gates open are kept', async () => {
  const handle = await begin({ ...PAY, id: 'first', after: true }, { ...PAY, id: 'second', after: true });
  expect((await failureOf(duvo.gates.get(`${handle.workflowId}#first`))).type).toBe('Duvo.GateUnknown');
  const early = duvo.gates.answer(`${handle.workflowId}#first`, { approved: true, by: 'too early for an update' });
  expect((await failureOf(early)).type).toBe('Duvo.GateUnknown');
  await handle.signal('answerGate', { gateId: 'second', approved: false, by: 'bob' });
  await handle.signal('answerGate', { gateId: 'first', approved: true, by: 'alice' });
  await handle.signal('goOn');
  expect(await handle.result()).toMatchObject([
    { approved: true, by: 'alice' },
    { approved: false, by: 'bob' },
  ]);
});

test('a cancellation withdraws the open gates', async () => {
  const handle = await begin({ ...PAY, rethrow: true }, { ...TWO, rethrow: true });
  await eventually(async () => (await gatesOf(handle).catch(() => [])).length === 2);
  await handle.cancel();
  expect((await failureOf(handle.result())).name).toBe('CancelledFailure');
  expect(await gatesOf(handle)).toMatchObject([{ outcome: 'withdrawn' }, { outcome: 'withdrawn' }]);
  expect((await handle.describe()).searchAttributes).toMatchObject({ DuvoOpenGates: [0] });
});

/** Starts a process that opens a gate and continues as new, and returns the handle of its new run. */
async function continued(again: boolean) {
  const options = { taskQueue: stack.taskQueue, workflowId: randomUUID(), args: [{ again }] };
  const handle = await stack.client.workflow.start('continuesAsking', options);
  const gate = await waitForOpenGate(handle);
  const { runId } = await handle.describe();
  await handle.signal('goOn');
  await eventually(async () => (await handle.describe()).runId !== runId);
  // The query returns only after the new run has started.
  await handle.query('__temporal_workflow_metadata');
  return { handle, gate };
}

test('a gate that is opened again after continue-as-new is one gate with a new due time', async () => {
  const { handle, gate } = await continued(true);
  const anew = await waitForOpenGate(handle);
  expect(anew).toEqual({ ...gate, openedAt: anew.openedAt, due: anew.due });
  expect(Date.parse(anew.due ?? '') - Date.parse(anew.openedAt)).toBe(3_600_000);
  expect((await gatesOf(handle)).map(({ ref }) => ref)).toEqual([gate.ref]);
  await eventually(async () =>
    (await collect(duvo.gates.list())).find(({ ref, due }) => ref === gate.ref && due === anew.due),
  );
  await duvo.gates.answer(gate.ref, { approved: true, by: 'alice' });
  expect(await handle.result()).toBe('alice');
});

test('a gate that is not opened again after continue-as-new is not listed and refuses answers', async () => {
  const { handle, gate } = await continued(false);
  await eventually(async () => !(await collect(duvo.gates.list())).some(({ ref }) => ref === gate.ref));
  const answered = duvo.gates.answer(gate.ref, { approved: true, by: 'alice' });
  expect((await failureOf(answered)).type).toBe('Duvo.GateUnknown');
  await handle.signal('goOn');
  expect(await handle.result()).toBe('not asked');
});

test('one query lists the gates of processes and of runs', async () => {
  const agentId = randomUUID();
  stack.simulator.script(agentId, { steps: [{ ask: { type: 'approval', title: 'Of a run' } }] });
  const [run, process] = [await stack.start({ agentId }), await begin({ ...PAY, due: '1h' })];
  const ours = [(await waitForOpenGate(run)).ref, (await waitForOpenGate(process)).ref];
  const listed = await eventually(async () => {
    const open = (await collect(duvo.gates.list())).filter(({ ref }) => ours.includes(ref));
    return open.length === 2 && open;
  });
  expect(listed.find(({ ref }) => ref === ours[1])).toMatchObject({
    title: PAY.title,
    source: 'process',
    gateId: 'p-1',
  });
  expect((await process.describe()).searchAttributes).toMatchObject({ DuvoGateDue: [expect.any(Date)] });
  expect((await collect(duvo.gates.list({ agentId }))).map(({ ref }) => ref)).toEqual([ours[0]]);
  await run.terminate();
  await process.terminate();
});

test('Temporal’s UI shows the stages and the gates of a process', async () => {
  const handle = await stack.client.workflow.start('asksInStep', {
    taskQueue: stack.taskQueue,
    workflowId: randomUUID(),
  });
  await waitForOpenGate(handle);
  const { currentDetails } = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toMatch(/^\*\*Stages\*\*\n- … ask\n\n\*\*Gates\*\*\n- approval `p-1`: open since /);
  await handle.terminate();
});

test.each([
  ['title', {}],
  ['title', { title: '' }],
  ['due', { title: 'x', due: 'soon' }],
  ['due', { title: 'x', onTimeout: 'deny' }],
  ['onTimeout', { title: 'x', due: '1h', onTimeout: 'escalate' }],
  ['onTimeout', { title: 'x', questions: [{ question: 'y' }], due: '1h', onTimeout: 'deny' }],
  ['questions', { title: 'x', questions: [] }],
  ['questions[0].question', { title: 'x', questions: [{}] }],
  ['questions[1].question', { title: 'x', questions: [{ question: 'y' }, { question: 'y' }] }],
  ['questions[0].options[1].label', { title: 'x', questions: [{ question: 'y', options: TWICE }] }],
  ['urgent', { title: 'x', urgent: true }],
])('bad input is refused before a gate opens: %s', async (field, input) => {
  const handle = await begin({ ...input, rethrow: true } as never);
  expect(await failureOf(handle.result())).toMatchObject({ type: 'Duvo.InvalidInput', details: [{ field }] });
});
