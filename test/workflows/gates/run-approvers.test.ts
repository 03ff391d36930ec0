import { DuvoWorkflows } from '../../../client';
import type { GateSummary } from '../../../contract/gates/gate-summary';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { failureOf } from '../../support/failures';
import { APPROVAL, gateRuns } from '../../support/gate-runs';
import { eventually, QUICK_WATCH, waitForOpenGate, type Stack, startStack } from '../../support/stack';
import { WorkerProcess } from '../../support/processes/worker-process';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const { duvoRunId, refusal, responseKeys, result, startScenario, submit } = gateRuns(() => stack);

test('Duvo receives the approval of a run only when enough people have approved', async () => {
  const handle = await startScenario('two-of-two', APPROVAL, { gate: { approvers: ['alice', 'bob'], quorum: 2 } });
  const { gateId } = await waitForOpenGate(handle);
  const runId = await duvoRunId(handle);
  expect(await refusal(handle, { gateId, approved: true, by: 'eve' })).toMatchObject({ type: 'Duvo.AnswerNotAllowed' });
  expect(await submit(handle, { gateId, approved: true, by: 'alice' })).toMatchObject({ status: 'open', approvals: 1 });
  expect(responseKeys({ runId })).toEqual([]);
  const summary = await eventually(async () => {
    const memo = (await handle.describe()).memo as { duvoGates?: GateSummary[] } | undefined;
    return memo?.duvoGates?.find(({ approvals }) => approvals === 1);
  });
  expect(summary).toMatchObject({ approvers: ['alice', 'bob'], needed: 2, answeredBy: ['alice'] });
  expect(await submit(handle, { gateId, approved: true, by: 'bob' })).toMatchObject({
    status: 'closed',
    outcome: 'approved',
  });
  expect(responseKeys({ runId })).toHaveLength(1);
  const [gate] = (await result(handle)).gates;
  expect(gate).toMatchObject({ outcome: 'approved', by: 'bob', decisions: [{ by: 'alice' }, { by: 'bob' }] });
});

test('a gate that is answered in Duvo between two approvals closes as answered elsewhere', async () => {
  const handle = await startScenario('elsewhere', APPROVAL, { gate: { quorum: 2 } });
  const { gateId } = await waitForOpenGate(handle);
  const runId = await duvoRunId(handle);
  await submit(handle, { gateId, approved: true, by: 'alice' });
  stack.simulator.answerInDuvo(runId, gateId, { approved: true });
  const [gate] = (await result(handle)).gates;
  expect(gate).toMatchObject({ outcome: 'answered-elsewhere', approvals: 1, needed: 2 });
  expect(responseKeys({ runId })).toEqual([]);
});

test('one denial is delivered to Duvo at once', async () => {
  const handle = await startScenario('denied-first', APPROVAL, { gate: { quorum: 2 } });
  const { gateId } = await waitForOpenGate(handle);
  await submit(handle, { gateId, approved: true, by: 'alice' });
  expect(await submit(handle, { gateId, approved: false, by: 'bob' })).toMatchObject({ outcome: 'denied' });
  expect((await result(handle)).gates).toMatchObject([{ outcome: 'denied', approvals: 1, needed: 2 }]);
});

test('a run that excludes an unknown starter fails before anything is sent to Duvo', async () => {
  const handle = await stack.start({ agentId: 'never-started', gate: { exclude: ['starter'] } });
  expect(await failureOf(handle.result())).toMatchObject({
    type: 'Duvo.InvalidInput',
    details: [{ field: 'gate.exclude', problem: expect.stringContaining('startedBy') as string }],
  });
  expect(stack.simulator.ledger.filter(({ operation }) => operation === 'start')).not.toContainEqual(
    expect.objectContaining({ agentId: 'never-started' }),
  );
});

test('the person who started a run may not approve for the run', async () => {
  const duvo = new DuvoWorkflows(stack.client, { taskQueue: stack.taskQueue, apiTaskQueue: stack.apiTaskQueue });
  stack.simulator.script('own-run', APPROVAL);
  const input = { agentId: 'own-run', watch: QUICK_WATCH, gate: { exclude: ['starter'] } };
  const run = await duvo.runs.start(input, { startedBy: 'alice' });
  const { gateId } = await waitForOpenGate(stack.client.workflow.getHandle(run.workflowId));
  const own = run.answer(gateId, { approved: true, by: 'alice' });
  expect(await failureOf(own)).toMatchObject({ type: 'Duvo.AnswerNotAllowed' });
  await run.answer(gateId, { approved: true, by: 'bob' });
  expect(await run.result()).toMatchObject({ gates: [{ outcome: 'approved', by: 'bob' }] });
});

test('an approval that was counted survives the kill of the worker', async () => {
  const own = await startStack({ workers: false });
  const worker = new WorkerProcess(own);
  try {
    own.simulator.script('agent', APPROVAL);
    await worker.start();
    const handle = await own.start({ agentId: 'agent', gate: { quorum: 2 } });
    const { gateId } = await waitForOpenGate(handle);
    await submit(handle, { gateId, approved: true, by: 'alice' });
    await worker.kill();
    await worker.start();
    expect(await submit(handle, { gateId, approved: true, by: 'bob' })).toMatchObject({ outcome: 'approved' });
    expect((await result(handle)).gates).toMatchObject([{ decisions: [{ by: 'alice' }, { by: 'bob' }] }]);
    const responses = own.simulator.ledger.filter(({ operation, committed }) => operation === 'respond' && committed);
    expect(responses).toHaveLength(1);
  } finally {
    await worker.stop();
    await own.stop();
  }
});
