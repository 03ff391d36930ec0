import { randomUUID } from 'node:crypto';
import { type DuvoProcess, DuvoWorkflows } from '../../client';
import { startBatch } from '../support/batches';
import type { testItem } from '../support/workflows/batch-items';
import { collect } from '../support/collect';
import type { asksOf, sagaOf } from '../support/workflows/processes';
import { rejectionOf } from '../support/rejection';
import { eventually, type Stack, startStack } from '../support/stack';

let stack: Stack;
let duvo: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack();
  duvo = new DuvoWorkflows(stack.client, stack);
});
afterAll(() => stack?.stop());

const start = (args: Parameters<typeof testItem>, key: string = randomUUID()) =>
  duvo.processes.start<typeof testItem>('testItem', { args, key });

const release = ({ workflowId }: DuvoProcess) => stack.client.workflow.getHandle(workflowId).signal('goOn');

test('a process is started by its workflow function, and returns the typed result', async () => {
  async function testItem(input: { n: number }): Promise<number> {
    return Promise.resolve(input.n);
  }
  const process = await duvo.processes.start(testItem, { args: [{ n: 7 }], key: 'by-function' });
  expect(process).toMatchObject({ workflowId: 'testItem-by-function', attached: false });
  const result: number = await process.result();
  expect(result).toBe(7);
});

test('the same key attaches to a process that is open or completed', async () => {
  const key = randomUUID();
  const first = await start([{ n: 1, waits: true }], key);
  const second = await start([{ n: 1, waits: true }], key);
  expect(second).toMatchObject({ workflowId: first.workflowId, attached: true });
  await release(first);
  expect(await second.result()).toBe(1);
  expect((await start([{ n: 1, waits: true }], key)).attached).toBe(true);
});

test('the same key starts a new process after one that failed', async () => {
  const key = randomUUID();
  const first = await start([{ n: 1, fails: true }], key);
  await rejectionOf(first.result());
  const second = await start([{ n: 1, fails: true }], key);
  expect(second).toMatchObject({ workflowId: first.workflowId, attached: false });
  await rejectionOf(second.result());
});

test('the same key with other arguments, or for another workflow type, is refused', async () => {
  const key = randomUUID();
  const { workflowId } = await start([{ n: 1 }], key);
  expect(await rejectionOf(start([{ n: 2 }], key))).toMatchObject({ name: 'KeyConflictError', key });
  const other = duvo.processes.start('asksInStep', { workflowId });
  expect(await rejectionOf(other)).toMatchObject({ name: 'WorkflowConflictError', workflowId });
});

test('the same key is refused when an argument is null in one of the two starts, and absent in the other', async () => {
  const key = randomUUID();
  const withNull = [{ n: 1, failsWith: null }] as unknown as Parameters<typeof testItem>;
  await start(withNull, key);
  expect(await rejectionOf(start([{ n: 1 }], key))).toMatchObject({ name: 'KeyConflictError', key });
});

test('a start is refused for a workflow type of this package, and for a blank key', async () => {
  expect(await rejectionOf(duvo.processes.start('agentRun', { args: [{}] }))).toMatchObject({ field: 'workflow' });
  expect(await rejectionOf(start([{ n: 1 }], ' '))).toMatchObject({ field: 'key' });
  const both = duvo.processes.start('testItem', { key: 'k', workflowId: 'w' });
  expect(await rejectionOf(both)).toMatchObject({ field: 'workflowId' });
});

test('a failed process has the type and the message of its own failure, in its result and its description', async () => {
  const process = await start([{ n: 1, fails: true }]);
  const failure = { name: 'DuvoProcessError', type: 'TestItemFailed', message: 'it fails' };
  expect(await rejectionOf(process.result())).toMatchObject(failure);
  const description = await duvo.processes.get(process.workflowId).describe();
  expect(description).toMatchObject({ type: 'testItem', status: 'FAILED', taskQueue: stack.taskQueue, error: failure });
});

test('a cancel waits for the compensations and returns the status that the process ended with', async () => {
  const process = await duvo.processes.start<typeof sagaOf>('sagaOf', { args: [{ steps: 2, waitAt: 2 }] });
  await eventually(async () => {
    const log = await stack.client.workflow.getHandle(process.workflowId).query<string[]>('log');
    return log.includes('do 1');
  });
  expect(await process.cancel()).toBe('CANCELLED');
  expect(await rejectionOf(process.result())).toMatchObject({ name: 'DuvoProcessError', type: 'Canceled' });
  expect(await process.cancel()).toBe('CANCELLED');
});

test('a wait for the result ends with its timeout while the process continues', async () => {
  const process = await start([{ n: 1, waits: true }]);
  expect((await rejectionOf(process.result({ timeoutMs: 50 }))).name).toBe('WaitTimeoutError');
  await release(process);
  expect(await process.result()).toBe(1);
});

test('the gates of a process are listed and answered like those of a run', async () => {
  const args: Parameters<typeof asksOf> = [[{ id: 'pay', title: 'Pay 4711?' }]];
  const process = await duvo.processes.start<typeof asksOf>('asksOf', { args });
  const ours = () => collect(duvo.gates.list({ processType: 'asksOf' }));
  const gate = await eventually(async () => (await ours()).find(({ ref }) => ref.startsWith(`${process.workflowId}#`)));
  expect(await process.gates()).toMatchObject([{ ref: gate.ref, title: 'Pay 4711?', status: 'open' }]);
  await duvo.gates.answer(gate, { approved: true, by: 'alice' });
  expect(await process.result()).toMatchObject([{ approved: true, by: 'alice' }]);
});

describe('the list of processes', () => {
  const list = async (options?: Parameters<typeof duvo.processes.list>[0]) =>
    (await collect(duvo.processes.list(options))).map(({ workflowId }) => workflowId);

  test('has processes only: no runs, no batches, and no items of batches unless they are requested', async () => {
    const { workflowId } = await start([{ n: 1 }], 'listed');
    const run = await duvo.runs.start({ agentId: 'listed' });
    const batch = await startBatch(stack, [{ n: 1 }], {});
    await batch.result();
    const itemId = `${batch.workflowId}/item/0`;
    await eventually(async () => (await list({ includeBatchItems: true })).includes(itemId));
    const listed = await list();
    expect(listed).toContain(workflowId);
    for (const id of [run.workflowId, batch.workflowId, itemId]) expect(listed).not.toContain(id);
    await run.cancel();
  });

  test('selects by type, status and start', async () => {
    const { workflowId } = await start([{ n: 1, fails: true }]);
    await rejectionOf(duvo.processes.get(workflowId).result());
    await eventually(async () => (await list({ status: 'FAILED' })).includes(workflowId));
    expect(await list({ type: 'testItem', status: 'FAILED' })).toContain(workflowId);
    expect(await list({ type: 'asksOf' })).not.toContain(workflowId);
    expect(await list({ status: 'RUNNING' })).not.toContain(workflowId);
    expect(await list({ since: new Date(Date.now() - 600_000) })).toContain(workflowId);
    expect(await list({ since: new Date(Date.now() + 600_000) })).toEqual([]);
    expect(await list({ limit: 1 })).toHaveLength(1);
    const wrong = list({ status: 'LOST' as never });
    expect(await rejectionOf(wrong)).toMatchObject({ name: 'InvalidInputError', field: 'status' });
  });
});

test('a process that does not exist is not found, and a run is not taken for a process', async () => {
  expect((await rejectionOf(duvo.processes.get('nobody').describe())).name).toBe('ProcessNotFoundError');
  expect((await rejectionOf(duvo.processes.get('nobody').cancel())).name).toBe('ProcessNotFoundError');
  const run = await duvo.runs.start({ agentId: 'a-run' });
  expect(await rejectionOf(duvo.processes.get(run.workflowId).cancel())).toMatchObject({
    name: 'WorkflowConflictError',
    message: `${run.workflowId} is a run, not a process: use npx duvo-temporal run`,
  });
  await run.cancel();
});
