import { randomUUID } from 'node:crypto';
import type { Gate, GateAnswer, UnusedAnswer } from '../../../contract/gates/gates';
import { concurrentTests, serialTest } from '../../support/jest/concurrent-tests';
import { collect } from '../../support/collect';
import { failureOf } from '../../support/failures';
import type { DelayedGateInput } from '../../support/workflows/processes';
import { duvo, setUpDuvoWorkflows, stack } from '../../support/duvo-workflows';
import { eventually, waitForOpenGate } from '../../support/stack';

const test = concurrentTests();

setUpDuvoWorkflows();

/** Starts a process that opens one gate. */
async function openGate(input: object, startedBy?: string) {
  const args = [[{ title: 'Pay 4711?', id: 'pay', ...input } as DelayedGateInput]];
  const { workflowId } = await duvo.processes.start('asksOf', { args, startedBy });
  const handle = stack.client.workflow.getHandle(workflowId);
  await waitForOpenGate(handle);
  return { handle, ref: `${workflowId}#pay` };
}
const approve = (ref: string, by: string, groups?: string[]) =>
  duvo.gates.answer(ref, { approved: true, by, ...(groups && { groups }) });
const refusalOf = (promise: Promise<unknown>) => failureOf(promise);
const approval = async (handle: { result(): Promise<unknown> }) => ((await handle.result()) as unknown[])[0];
const inputError = async (input: object) => {
  const args = [[{ title: 'Pay 4711?', rethrow: true, ...input }]];
  const workflowId = randomUUID();
  const handle = await stack.client.workflow.start('asksOf', { taskQueue: stack.taskQueue, workflowId, args });
  return failureOf(handle.result());
};

serialTest('the second of two approvals closes a gate, also after a restart of the worker between them', async () => {
  const { handle, ref } = await openGate({ quorum: 2 });
  const first = await approve(ref, 'alice');
  expect(first).toMatchObject({ gateId: 'pay', status: 'open', approvals: 1, needed: 2 });
  expect(first).not.toHaveProperty('outcome');
  await stack.stopWorkers();
  await stack.startWorkers();
  expect(await refusalOf(approve(ref, 'alice'))).toMatchObject({
    type: 'Duvo.AnswerNotAllowed',
    message: expect.stringContaining('counts once') as string,
  });
  expect(await duvo.gates.get(ref)).toMatchObject({ status: 'open', decisions: [{ by: 'alice', approved: true }] });
  expect(await approve(ref, 'bob')).toMatchObject({ status: 'closed', outcome: 'approved', approvals: 2, needed: 2 });
  const decisions = [
    { by: 'alice', approved: true, at: first.at, via: 'update' },
    { by: 'bob', approved: true },
  ];
  expect(await approval(handle)).toMatchObject({ approved: true, by: 'bob', decisions });
});

test('only approvers, by name or by group, may answer; names are compared exactly', async () => {
  const { handle, ref } = await openGate({ approvers: ['alice', 'legal'] });
  for (const [by, groups] of [['bob'], ['Alice'], ['alice '], ['bob', ['Legal']]] as [string, string[]?][]) {
    const refusal = await refusalOf(approve(ref, by, groups));
    expect(refusal).toMatchObject({ type: 'Duvo.AnswerNotAllowed' });
    expect(refusal.message).not.toMatch(/alice|legal/i);
  }
  await handle.signal('answerGate', { gateId: 'pay', approved: true, by: 'mallory' });
  const unused = await eventually(async () => {
    const list = await handle.query<UnusedAnswer[]>('unusedAnswers');
    return list.length > 0 && list;
  });
  expect(unused).toMatchObject([{ by: 'mallory', reason: expect.stringContaining('approver') as string }]);
  expect(await approve(ref, 'carol', ['staff', 'legal'])).toMatchObject({ outcome: 'approved' });
  expect(await approval(handle)).toMatchObject({ decisions: [{ by: 'carol', group: 'legal' }] });
});

test('the starter may not answer a gate that excludes the starter', async () => {
  const { handle, ref } = await openGate({ exclude: ['starter', 'eve'] }, 'alice');
  expect((await duvo.gates.get(ref)).policy).toEqual({ exclude: ['starter', 'eve'], starter: 'alice' });
  for (const by of ['alice', 'eve'])
    expect(await refusalOf(approve(ref, by))).toMatchObject({ type: 'Duvo.AnswerNotAllowed' });
  await approve(ref, 'bob');
  expect(await approval(handle)).toMatchObject({ approved: true, by: 'bob' });
});

test('a quorum by group needs a different person for each place', async () => {
  const { handle, ref } = await openGate({ quorum: { legal: 1, finance: 1 } });
  expect(await approve(ref, 'bob', ['legal', 'finance'])).toMatchObject({ status: 'open', approvals: 1, needed: 2 });
  expect(await refusalOf(approve(ref, 'dave', ['sales']))).toMatchObject({ type: 'Duvo.AnswerNotAllowed' });
  expect(await approve(ref, 'alice', ['legal'])).toMatchObject({ outcome: 'approved' });
  expect(await approval(handle)).toMatchObject({
    decisions: [
      { by: 'bob', group: 'finance' },
      { by: 'alice', group: 'legal' },
    ],
  });
});

test('a third approval of a group whose places are filled is refused, and its denial ends the gate', async () => {
  const { handle, ref } = await openGate({ quorum: { legal: 1, finance: 1 } });
  await approve(ref, 'alice', ['legal']);
  expect(await refusalOf(approve(ref, 'bob', ['legal']))).toMatchObject({ type: 'Duvo.AnswerNotAllowed' });
  const denial = await duvo.gates.answer(ref, { approved: false, by: 'bob', groups: ['legal'] });
  expect(denial).toMatchObject({ status: 'closed', outcome: 'denied', approvals: 1, needed: 2 });
  expect(await approval(handle)).toMatchObject({ approved: false, by: 'bob' });
});

test('with the denial of a majority, a gate is denied when too few votes are left', async () => {
  const { handle, ref } = await openGate({ approvers: ['alice', 'bob', 'carol'], quorum: 2, denial: 'majority' });
  const deny = (by: string) => duvo.gates.answer(ref, { approved: false, by });
  expect(await deny('alice')).toMatchObject({ status: 'open', approvals: 0, needed: 2 });
  expect(await approve(ref, 'bob')).toMatchObject({ status: 'open', approvals: 1 });
  expect(await deny('carol')).toMatchObject({ status: 'closed', outcome: 'denied' });
  expect(await approval(handle)).toMatchObject({ approved: false, decisions: [{}, {}, { by: 'carol' }] });
});

test('approvals by signal before the gate opens are counted by its policy', async () => {
  const workflowId = randomUUID();
  const input: DelayedGateInput = { title: 'Pay?', id: 'pay', quorum: 2, exclude: ['eve'] };
  const answer = (by: string): GateAnswer => ({ gateId: 'pay', approved: true, by });
  const handle = await stack.client.workflow.signalWithStart('asksOf', {
    taskQueue: stack.taskQueue,
    workflowId,
    args: [[input]],
    signal: 'answerGate',
    signalArgs: [answer('eve')],
  });
  for (const by of ['alice', 'alice', 'bob']) await handle.signal('answerGate', answer(by));
  expect(await approval(handle)).toMatchObject({ approved: true, decisions: [{ by: 'alice' }, { by: 'bob' }] });
});

test('a gate with one of two approvals is decided by time', async () => {
  const { handle, ref } = await openGate({ quorum: 2, due: '5s', onTimeout: 'deny' });
  await approve(ref, 'alice');
  expect(await approval(handle)).toMatchObject({ approved: false, outcome: 'timed-out', decisions: [{ by: 'alice' }] });
  const [gate] = await handle.query<Gate[]>('gates');
  expect(gate).toMatchObject({ outcome: 'timed-out', approvals: 1, needed: 2 });
});

test.each([
  [{ approvers: [] }, 'approvers'],
  [{ approvers: ['alice', 'alice'] }, 'approvers[1]'],
  [{ quorum: 0 }, 'quorum'],
  [{ quorum: { legal: 0 } }, 'quorum.legal'],
  [{ quorum: 2, questions: [{ question: 'Why?' }] }, 'quorum'],
  [{ denial: 'majority' }, 'approvers'],
  [{ denial: 'majority', approvers: ['alice'], quorum: 2 }, 'approvers'],
  [{ denial: 'majority', approvers: ['alice', 'bob'], exclude: ['bob'], quorum: 2 }, 'approvers'],
  [{ denial: 'majority', approvers: ['legal'], quorum: { legal: 1 } }, 'quorum'],
  [{ exclude: ['starter'] }, 'exclude'],
])('the policy %j is refused before its gate opens', async (input, field) => {
  expect(await inputError(input)).toMatchObject({ type: 'Duvo.InvalidInput', details: [{ field }] });
});

test('lists show approvers and approvals, and can be narrowed to the gates of one person', async () => {
  const { handle, ref } = await openGate({ approvers: ['alice', 'legal', 'bob'], exclude: ['bob'], quorum: 2 });
  const long = Array.from({ length: 30 }, (_, n) => `person-${n}@example.com`);
  const { ref: longRef } = await openGate({ approvers: long });
  const refsOf = async (by: string, groups?: string[]) =>
    (await collect(duvo.gates.list({ processType: 'asksOf', person: { by, groups } })))
      .map((gate) => gate.ref)
      .filter((one) => one === ref || one === longRef);
  await eventually(async () => (await refsOf('alice')).length > 0);
  await eventually(async () => (await refsOf('person-29@example.com')).includes(longRef));
  expect(await refsOf('alice')).toEqual([ref]);
  expect(await refsOf('carol')).toEqual([]);
  expect(await refsOf('carol', ['legal'])).toEqual([ref]);
  expect(await refsOf('bob', ['legal'])).toEqual([]);
  await approve(ref, 'alice');
  const listed = await eventually(async () => {
    const all = await collect(duvo.gates.list({ processType: 'asksOf' }));
    return all.find((gate) => gate.ref === ref && gate.approvals === 1);
  });
  expect(listed).toMatchObject({ approvers: ['alice', 'legal', 'bob'], needed: 2, answeredBy: ['alice'] });
  expect(await refsOf('alice')).toEqual([]);
  await handle.terminate();
});
