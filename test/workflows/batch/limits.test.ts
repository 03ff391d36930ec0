import { randomUUID } from 'node:crypto';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import {
  createBatchesClient,
  waitForItem,
  numberedItems,
  pageHandle,
  collectRows,
  startBatch,
} from '../../support/batches';
import { eventually, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('many slots with long messages: items start in several tasks and histories, each item once', async () => {
  // 45 of these items exceed the server's limit for one task, and 120 exceed the limit of a page's history.
  const input = { n: '{{n}}', text: 'x'.repeat(100_000) };
  const template = { workflow: { type: 'testItem', input } };
  const batch = await startBatch(stack, numberedItems(120), { template, concurrency: 45 });
  expect(await batch.result()).toMatchObject({ completed: 120, pages: 1 });
  const { client } = stack;
  const page = await client.workflow.getHandle(pageHandle(stack, batch).workflowId).describe();
  expect(page.historySize).toBeLessThan(10_000_000);
  const { events } = await client.workflow.getHandle(batch.workflowId).fetchHistory();
  const begun = events?.filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
  expect(begun?.length).toBe(2);
  expect(new Set((await collectRows(batch)).map(({ attempts }) => attempts))).toEqual(new Set([1]));
}, 90_000);

test('an item whose key is too long for a workflow id fails, and the others complete', async () => {
  const items = ['a', 'x'.repeat(1_001), 'b'].map((key, n) => ({ n, key }));
  const batch = await startBatch(stack, items, { keyField: 'key', concurrency: 1 });
  expect(await batch.result()).toMatchObject({ completed: 2, failed: 1 });
  expect((await collectRows(batch))[1]).toEqual({
    ...{ index: 1, status: 'failed' },
    ...{ type: 'Duvo.InvalidInput', message: 'its key is too long' },
  });
});

test('the size of the items in the input counts in bytes', async () => {
  const { client, taskQueue, apiTaskQueue } = stack;
  const items = [{ n: 0, text: '界'.repeat(60_000) }];
  const refused = client.workflow.execute('batch', {
    workflowId: `batch-${randomUUID()}`,
    taskQueue,
    args: [{ apiTaskQueue, template: { workflow: { type: 'testItem' } }, items }],
  });
  await expect(refused).rejects.toMatchObject({ cause: { type: 'Duvo.InvalidInput' } });
});

test('the page keeps the rows when its store is terminated', async () => {
  // The pad makes the items larger than the input of a batch may be.
  const pad = 'x'.repeat(60_000);
  const batch = await startBatch(
    stack,
    numberedItems(3, (n) => ({ waits: n === 0, pad }) as object),
    { concurrency: 3 },
  );
  await waitForItem(stack, batch, 0);
  const { client } = stack;
  await client.workflow.getHandle(`${batch.workflowId}/items/1`).terminate();
  await (await waitForItem(stack, batch, 0)).signal('goOn');
  expect(await batch.result()).toMatchObject({ completed: 3 });
  expect((await collectRows(batch)).map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
});

test('items that are stored after a stop by failures have rows and can be run again', async () => {
  const key = randomUUID();
  const pad = 'x'.repeat(60_000);
  const all = numberedItems(10, () => ({ fails: true, pad }) as object);
  const source = async function* () {
    yield* all.slice(0, 5);
    const stopped = async () => {
      const { stopped, activePages } = await createBatchesClient(stack).get(`duvo-batch-${key}`).progress();
      return stopped === 'failures' && activePages.length === 0;
    };
    await eventually(stopped);
    yield* all.slice(5);
  };
  const batch = await startBatch(stack, source(), { key, stopAtFailureShare: 0.5, stopNotBefore: 2, concurrency: 1 });
  const { failed, ...result } = await batch.result();
  expect(result).toMatchObject({ items: 10, completed: 0, notStarted: 10 - failed, stopped: 'failures' });
  expect(await collectRows(batch)).toHaveLength(10);
  const again = await createBatchesClient(stack).redrive(batch.workflowId, { stopNotBefore: 100 });
  expect(await again.result()).toMatchObject({ items: 10, failed: 10 });
});
