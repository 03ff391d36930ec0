import { type DuvoBatch, DuvoWorkflows } from '../../client';
import { startBatch } from '../support/batches';
import { collect } from '../support/collect';
import { rejectionOf } from '../support/rejection';
import { ASKS, firstGate, scriptedInput } from '../support/runs/scripted-runs';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../support/stack';

let stack: Stack;
let duvo: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack();
  duvo = new DuvoWorkflows(stack.client, stack);
});
afterAll(() => stack?.stop());

const listed = ({ workflowId }: DuvoBatch, status: 'COMPLETED' | 'CANCELLED' | 'RUNNING') =>
  eventually(async () =>
    (await collect(duvo.batches.list({ status, countWaiting: true }))).find((one) => one.workflowId === workflowId),
  );

test('a batch that has ended is listed with the counts of its items', async () => {
  const batch = await startBatch(stack, [{ n: 0 }, { n: 1, fails: true }], { key: 'counted' });
  await batch.result();
  expect(await listed(batch, 'COMPLETED')).toMatchObject({ key: 'counted', items: 2, completed: 1, failed: 1 });
});

test('a batch that was cancelled is listed with the counts up to its cancel', async () => {
  const batch = await startBatch(stack, [{ n: 0, waits: true }], {});
  await eventually(async () => (await batch.progress()).inFlight === 1);
  await batch.cancel();
  expect(await listed(batch, 'CANCELLED')).toMatchObject({ items: 1, canceled: 1, stopped: 'canceled' });
});

test('items that wait for a person are counted in the progress and in the list', async () => {
  const { agentId } = scriptedInput(stack, ASKS);
  const template = { run: { agentId, watch: QUICK_WATCH } };
  const batch = await duvo.batches.start([{ n: 0 }], { template });
  const gate = await firstGate(duvo, agentId);
  expect(await batch.progress()).toMatchObject({ inFlight: 1, waitingForPeople: 1 });
  expect(await listed(batch, 'RUNNING')).toMatchObject({ waitingForPeople: 1 });
  await duvo.gates.answer(gate, { approved: true, by: 'alice' });
  await batch.result();
  expect(await batch.progress()).toMatchObject({ completed: 1, inFlight: 0, waitingForPeople: 0 });
});

test('an item whose own workflow runs an agent that waits for a person is counted', async () => {
  const { agentId } = scriptedInput(stack, ASKS);
  const input = { agentId, watch: QUICK_WATCH, apiTaskQueue: stack.apiTaskQueue };
  const template = { workflow: { type: 'parentOfOne', input } };
  const batch = await duvo.batches.start([{ n: 0 }, { n: 1 }], { template });
  await eventually(async () => (await batch.progress()).waitingForPeople === 2);
  for (const gate of await collect(duvo.gates.list({ agentId })))
    await duvo.gates.answer(gate, { approved: true, by: 'alice' });
  expect(await batch.result()).toMatchObject({ completed: 2 });
});

test('the list makes no request for the counts of a running batch unless they are requested', async () => {
  const { agentId } = scriptedInput(stack, ASKS);
  const batch = await duvo.batches.start([{ n: 0 }], { template: { run: { agentId, watch: QUICK_WATCH } } });
  await firstGate(duvo, agentId);
  expect(await listed(batch, 'RUNNING')).toMatchObject({ waitingForPeople: 1 });
  const plain = await collect(duvo.batches.list({ status: 'RUNNING' }));
  const summary = plain.find(({ workflowId }) => workflowId === batch.workflowId);
  expect(summary).toEqual(expect.not.objectContaining({ waitingForPeople: expect.anything() as unknown }));
  await batch.cancel();
});

test('a batch that fails as a whole is a DuvoBatchError, and one that does not exist is not found', async () => {
  const batch = await startBatch(stack, [{ n: 0, waits: true }], {});
  await stack.client.workflow.getHandle(batch.workflowId).terminate('by the test');
  const error = await rejectionOf(batch.result());
  expect(error).toMatchObject({ name: 'DuvoBatchError', type: 'Terminated', workflowId: batch.workflowId });
  expect((await rejectionOf(duvo.batches.get('nobody').result())).name).toBe('BatchNotFoundError');
});
