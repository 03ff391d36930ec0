import { randomUUID } from 'node:crypto';
import { DuvoWorkflows, type BatchesClient } from '../../../client';
import {
  BATCH_ID_SEARCH_ATTRIBUTE,
  type BatchInput,
  type BatchResult,
  type ItemRow,
  pageWorkflowId,
} from '../../../workflows/batch';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { eventually, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
let batches: BatchesClient;
beforeAll(async () => {
  stack = await startStack();
  const { taskQueue, apiTaskQueue } = stack;
  batches = new DuvoWorkflows(stack.client, { taskQueue, apiTaskQueue }).batches;
});
afterAll(() => stack.stop());

const template = { workflow: { type: 'testItem' } };

/** Starts a batch of items that wait, terminates its page, and waits until the page has started again. */
async function startAdopted(count: number) {
  const items = Array.from({ length: count }, (_one, n) => ({ n, waits: true }));
  const batch = await batches.start(items, { template, concurrency: count });
  const item = (n: number) => stack.client.workflow.getHandle(`${batch.workflowId}/item/${n}`);
  for (const { n } of items)
    await eventually(() =>
      item(n)
        .describe()
        .catch(() => undefined),
    );
  const page = stack.client.workflow.getHandle(pageWorkflowId(batch.workflowId, 1));
  await page.terminate();
  // The second run of the page now follows all items.
  await eventually(async () => {
    const { status, raw } = await page.describe();
    return status.name === 'RUNNING' && raw.pendingActivities?.length === count;
  });
  return { batch, item };
}

test('a cancel after a page died reaches the items that the dead page had started', async () => {
  const { batch, item } = await startAdopted(2);
  expect(await batch.cancel()).toMatchObject({ canceled: 2, completed: 0, stopped: 'canceled' });
  for (const n of [0, 1]) expect((await item(n).describe()).status.name).toBe('CANCELLED');
});

test('an adopted item that is terminated or deleted frees its slot', async () => {
  const { batch, item } = await startAdopted(3);
  await item(0).terminate();
  await stack.client.workflowService.deleteWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: item(1).workflowId },
  });
  await item(2).signal('goOn');
  expect(await batch.result()).toMatchObject({ completed: 1 });
  const ends: string[] = [];
  for await (const { status, type } of batch.rows()) ends.push(type ?? status);
  expect(ends[0]).toBe('TerminatedFailure');
  // The server terminates a workflow before it deletes it, so a poll may show either.
  expect(ends[1]).toMatch(/^(TerminatedFailure|unknown)$/);
});

test('an item that times out frees its slot', async () => {
  const key = randomUUID();
  const batchId = `duvo-batch-${key}`;
  const items = [{ n: 0, waits: true }, { n: 1 }];
  await stack.client.workflow.start('testItem', {
    workflowId: `${batchId}/item/0`,
    taskQueue: stack.taskQueue,
    args: [items[0]],
    workflowExecutionTimeout: '2s',
    searchAttributes: { [BATCH_ID_SEARCH_ATTRIBUTE]: [batchId] },
  });
  const batch = await batches.start(items, { template, key, concurrency: 1 });
  expect(await batch.result()).toMatchObject({ completed: 1, failed: 1 });
  const rows: ItemRow[] = [];
  for await (const row of batch.rows()) rows.push(row);
  expect(rows[0]).toMatchObject({ status: 'failed', type: 'TimeoutFailure' });
});

test('a cancel leaves an item alone that another caller started', async () => {
  const [agent, key] = ['foreign', randomUUID()];
  stack.simulator.script(agent, { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { end: 'completed' }] });
  const { client, taskQueue, apiTaskQueue } = stack;
  const { workflowId } = await new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).runs.start({
    key,
    agentId: agent,
  });
  const own = client.workflow.getHandle(workflowId);
  const batch = await batches.start([{ key }], { template: { run: { agentId: agent } }, keyField: 'key' });
  await eventually(async () => (await batch.progress()).inFlight === 1);
  // The page now follows the item.
  await eventually(async () => {
    const { raw } = await stack.client.workflow.getHandle(pageWorkflowId(batch.workflowId, 1)).describe();
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'awaitWorkflow');
  });
  expect(await batch.cancel()).toMatchObject({ canceled: 1 });
  expect((await own.describe()).status.name).toBe('RUNNING');
  await own.terminate();
});

test('a client of another language starts a batch by its workflow type, with the items in the input', async () => {
  const input: BatchInput = { template, items: [{ n: 0 }, { n: 1, fails: true }], concurrency: 1 };
  const { taskQueue, client } = stack;
  const workflowId = `by-name-${Date.now()}`;
  const result = (await client.workflow.execute('batch', {
    workflowId,
    taskQueue,
    args: [{ apiTaskQueue: stack.apiTaskQueue, ...input }],
  })) as BatchResult;
  expect(result).toMatchObject({ items: 2, completed: 1, failed: 1, pages: 1 });
  const rows: string[] = [];
  for await (const { status } of batches.get(workflowId).rows()) rows.push(status);
  expect(rows).toEqual(['completed', 'failed']);
});
