import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { GateSummary } from '../../../../contract/gates/gate-summary';
import type { Gate } from '../../../../contract/gates/gates';
import type { ReceiptsPage } from '../../../../contract/gates/receipts';
import { ReceiptVerifier } from '../../../../contract/gates/verify-receipts';
import { duvo, setUpDuvoWorkflows, stack } from '../../../support/duvo-workflows';
import { failureOf } from '../../../support/failures';
import { APPROVAL, gateRuns } from '../../../support/gate-runs';
import { PAY, TWO } from '../../../support/process-gate-inputs';
import { WorkerProcess } from '../../../support/processes/worker-process';
import { eventually, startStack, waitForOpenGate } from '../../../support/stack';
import type { DelayedGateInput } from '../../../support/workflows/processes';

setUpDuvoWorkflows();
const { result, startScenario, submit } = gateRuns(() => stack);

const begin = (...asked: DelayedGateInput[]): Promise<WorkflowHandle> =>
  stack.client.workflow.start('asksOf', { taskQueue: stack.taskQueue, workflowId: randomUUID(), args: [asked] });
const receiptsOf = async (handle: WorkflowHandle) => (await handle.query<ReceiptsPage>('receipts')).receipts;
const BOSS = { by: 'boss', reason: 'Alice is ill' };

test('an admin replaces the approvers of a gate of a process, and the receipt names both', async () => {
  const handle = await begin({ ...PAY, approvers: ['alice'], admins: ['boss', 'it'] });
  const { ref, gateId } = await waitForOpenGate(handle);
  const refused = duvo.gates.reassign(ref, { by: 'mallory', reason: 'mine', approvers: ['mallory'] });
  expect(await failureOf(refused)).toMatchObject({ type: 'Duvo.ChangeNotAllowed' });
  const change = { by: 'carol', groups: ['it'], reason: BOSS.reason, approvers: ['bob'] };
  expect(await duvo.gates.reassign(ref, change)).toMatchObject({ status: 'open', approvers: ['bob'] });
  const summary = await eventually(async () => {
    const memo = (await handle.describe()).memo as { duvoGates?: GateSummary[] } | undefined;
    return memo?.duvoGates?.find(({ approvers }) => approvers?.includes('bob'));
  });
  expect(summary).toMatchObject({ approvers: ['bob'] });
  const late = submit(handle, { gateId, approved: true, by: 'alice' });
  expect(await failureOf(late)).toMatchObject({ type: 'Duvo.AnswerNotAllowed' });
  await submit(handle, { gateId, approved: true, by: 'bob' });
  expect(await handle.result()).toMatchObject([{ approved: true, outcome: 'approved', by: 'bob' }]);
  const events = [{ type: 'reassigned', by: 'carol', reason: 'Alice is ill', mode: 'replace', to: ['bob'] }];
  expect(await handle.query<Gate[]>('gates')).toMatchObject([{ events }]);
  const receipts = await receiptsOf(handle);
  expect(receipts).toMatchObject([
    { verdict: 'reassigned', status: 'open', by: 'carol', groups: ['it'], comment: 'Alice is ill', approvers: ['bob'] },
    { verdict: 'approved', status: 'closed', by: 'bob' },
  ]);
  const verifier = new ReceiptVerifier();
  for (const receipt of receipts) expect(verifier.add(receipt)).toBeUndefined();
});

test('approvals that were counted before a change of the approvers stay counted', async () => {
  const handle = await begin({ ...PAY, approvers: ['alice', 'bob'], quorum: 3 });
  const { ref, gateId } = await waitForOpenGate(handle);
  await submit(handle, { gateId, approved: true, by: 'alice' });
  const alone = duvo.gates.reassign(ref, { ...BOSS, approvers: ['carol'], quorum: 1 });
  expect(await failureOf(alone)).toMatchObject({ type: 'Duvo.ChangeInvalid' });
  await duvo.gates.reassign(ref, { ...BOSS, approvers: ['carol'], quorum: 2 });
  expect(await submit(handle, { gateId, approved: true, by: 'carol' })).toMatchObject({ outcome: 'approved' });
  expect(await handle.result()).toMatchObject([{ decisions: [{ by: 'alice' }, { by: 'carol' }] }]);
});

test('a gate that was extended outlives its first due time', async () => {
  const handle = await begin(
    { ...PAY, id: 'extended', due: '1h', onTimeout: 'deny' },
    { ...PAY, id: 'first', due: '1h', onTimeout: 'deny' },
  );
  await waitForOpenGate(handle);
  const ref = (gateId: string) => `${handle.workflowId}#${gateId}`;
  const due = '2100-12-24T17:00:00+01:00';
  expect(await duvo.gates.extend(ref('extended'), { ...BOSS, due })).toMatchObject({ due: '2100-12-24T16:00:00.000Z' });
  await duvo.gates.extend(ref('first'), { ...BOSS, due: 1 });
  await eventually(async () => (await duvo.gates.get(ref('first'))).outcome === 'timed-out');
  const gate = await duvo.gates.get(ref('extended'));
  expect(gate).toMatchObject({ status: 'open', events: [{ type: 'extended', due: '2100-12-24T16:00:00.000Z' }] });
  const { searchAttributes } = await eventually(async () => {
    const description = await handle.describe();
    return description.searchAttributes.DuvoOpenGates?.[0] === 1 && description;
  });
  expect(searchAttributes.DuvoGateDue).toEqual([new Date(due)]);
  await submit(handle, { gateId: 'extended', approved: true, by: 'alice' });
  expect(await handle.result()).toMatchObject([{ approved: true }, { approved: false, outcome: 'timed-out' }]);
  expect(await receiptsOf(handle)).toMatchObject([
    { verdict: 'extended', due: '2100-12-24T16:00:00.000Z', by: 'boss' },
    { verdict: 'extended' },
    { verdict: 'timed-out' },
    { verdict: 'approved' },
  ]);
});

test('a gate of a process that an admin withdraws returns the outcome to the process', async () => {
  const handle = await begin(PAY, TWO);
  await eventually(async () => (await handle.query<Gate[]>('gates').catch(() => [])).length === 2);
  for (const gateId of ['p-1', 'p-2'])
    await duvo.gates.withdraw(`${handle.workflowId}#${gateId}`, { by: 'boss', reason: 'cancelled' });
  const evidence = { outcome: 'withdrawn', by: 'boss', comment: 'cancelled' };
  expect(await handle.result()).toMatchObject([
    { approved: false, ...evidence },
    { answers: {}, ...evidence },
  ]);
  expect(await receiptsOf(handle)).toMatchObject([
    { verdict: 'withdrawn', status: 'closed', by: 'boss', comment: 'cancelled' },
    { verdict: 'withdrawn' },
  ]);
  const second = duvo.gates.withdraw(`${handle.workflowId}#p-1`, { by: 'boss', reason: 'again' });
  expect(await failureOf(second)).toMatchObject({ type: 'Duvo.GateClosed' });
});

test('a wrong change is refused before it enters the history', async () => {
  const handle = await begin(PAY);
  const { ref } = await waitForOpenGate(handle);
  const { length } = (await handle.fetchHistory()).events ?? [];
  const send = (name: string, payload: object) =>
    failureOf(handle.executeUpdate(name, { args: [{ gateId: 'p-1', ...payload }] }));
  const change = { ...BOSS, approvers: ['bob'] };
  const refusals = await Promise.all([
    send('reassignGate', { ...change, reason: '' }),
    send('reassignGate', { ...change, approvers: [] }),
    send('reassignGate', { ...change, mode: 'add' }),
    send('extendGate', { ...BOSS, due: '2001-01-01T00:00:00Z' }),
    send('extendGate', { ...BOSS, due: 'soon' }),
    send('withdrawGate', { ...BOSS, by: ' ' }),
  ]);
  for (const refusal of refusals) expect(refusal).toMatchObject({ type: 'Duvo.ChangeInvalid' });
  expect(refusals.map(({ message }) => message)).toMatchObject([
    expect.stringMatching(/^reason is empty/),
    expect.stringMatching(/^approvers is empty/),
    expect.stringMatching(/^mode: anybody may answer/),
    expect.stringMatching(/^due: is in the past/),
    expect.stringMatching(/^due is not a duration/),
    expect.stringMatching(/^by is empty/),
  ]);
  const unknown = send('withdrawGate', { gateId: 'none', ...BOSS });
  expect(await unknown).toMatchObject({ type: 'Duvo.GateUnknown' });
  expect((await handle.fetchHistory()).events).toHaveLength(length);
  await duvo.gates.withdraw(ref, BOSS);
  await handle.result();
});

test('a gate of a run is reassigned and extended, and cannot be withdrawn', async () => {
  const gate = { approvers: ['alice'], admins: ['boss'], due: '1h', onTimeout: 'deny' };
  const handle = await startScenario('changed', APPROVAL, { gate });
  const { ref, gateId } = await waitForOpenGate(handle);
  expect(await failureOf(duvo.gates.withdraw(ref, BOSS))).toMatchObject({
    type: 'Duvo.ChangeInvalid',
    message: expect.stringMatching(/answer the gate, or cancel the workflow/) as string,
  });
  const foreign = duvo.gates.extend(ref, { by: 'alice', reason: 'later', due: '9h' });
  expect(await failureOf(foreign)).toMatchObject({ type: 'Duvo.ChangeNotAllowed' });
  await duvo.gates.reassign(ref, { ...BOSS, approvers: ['bob'], mode: 'add' });
  await duvo.gates.reassign(ref, { ...BOSS, approvers: ['carol'] });
  expect(await failureOf(submit(handle, { gateId, approved: true, by: 'bob' }))).toMatchObject({
    type: 'Duvo.AnswerNotAllowed',
  });
  await duvo.gates.extend(ref, { ...BOSS, due: 1 });
  const [closed] = (await result(handle)).gates;
  expect(closed).toMatchObject({
    outcome: 'timed-out',
    events: [
      { type: 'reassigned', mode: 'add', to: ['bob'] },
      { type: 'reassigned', mode: 'replace', to: ['carol'] },
      { type: 'extended' },
    ],
  });
});

test('a change survives the kill of the worker', async () => {
  const own = await startStack({ workers: false });
  const worker = new WorkerProcess(own);
  try {
    own.simulator.script('agent', APPROVAL);
    await worker.start();
    const handle = await own.start({ agentId: 'agent', gate: { approvers: ['alice'] } });
    const { gateId } = await waitForOpenGate(handle);
    await handle.executeUpdate('reassignGate', { args: [{ gateId, ...BOSS, approvers: ['bob'] }] });
    await worker.kill();
    await worker.start();
    const late = submit(handle, { gateId, approved: true, by: 'alice' });
    expect(await failureOf(late)).toMatchObject({ type: 'Duvo.AnswerNotAllowed' });
    expect(await submit(handle, { gateId, approved: true, by: 'bob' })).toMatchObject({ outcome: 'approved' });
    await handle.result();
  } finally {
    await worker.stop();
    await own.stop();
  }
});
