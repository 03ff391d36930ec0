import { randomUUID } from 'node:crypto';
import type { DuvoBatch } from '../../../client';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { waitForItem, releaseItem, numberedItems, queryPageState, startBatch, TEST_ITEM } from '../../support/batches';
import { eventually, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Starts a batch whose first two items wait, and waits until both are running. */
async function twoWaiting(count: number): Promise<DuvoBatch> {
  const batch = await startBatch(
    stack,
    numberedItems(count, (n) => ({ waits: n < 2 })),
    { concurrency: 2 },
  );
  await eventually(async () => (await batch.progress()).inFlight === 2);
  return batch;
}

/** Starts a batch of two pages whose items all wait. */
async function twoPages(concurrency: number): Promise<DuvoBatch> {
  const pad = 'x'.repeat(4_000);
  const batch = await startBatch(
    stack,
    numberedItems(60, () => ({ waits: true, pad }) as object),
    { concurrency },
  );
  await eventually(async () => {
    const { inFlight, activePages } = await batch.progress();
    return inFlight === concurrency && activePages.length === 2;
  });
  return batch;
}

test('at most `concurrency` items run, and the limit can change while the batch runs', async () => {
  const batch = await startBatch(
    stack,
    numberedItems(10, () => ({ waits: true })),
    { concurrency: 2 },
  );
  await eventually(async () => (await batch.progress()).inFlight === 2);
  expect(await batch.setConcurrency(4)).toBe(2);
  await eventually(async () => (await batch.progress()).inFlight === 4);
  await batch.setConcurrency(1);
  // The signal reaches the page a moment after the batch has returned.
  await eventually(async () => (await queryPageState(stack, batch)).slots === 1);
  for (const n of [0, 1, 2]) await releaseItem(stack, batch, n);
  await eventually(async () => (await batch.progress()).completed === 3);
  expect(await batch.progress()).toMatchObject({ inFlight: 1, started: 4, concurrency: 1 });
  await batch.setConcurrency(10);
  await eventually(async () => (await batch.progress()).started === 10);
  for (const { n } of numberedItems(10).slice(3)) await releaseItem(stack, batch, n);
  expect(await batch.result()).toMatchObject({ completed: 10 });
});

test('a paused batch starts no items, and continues after the resume', async () => {
  const batch = await twoWaiting(5);
  await batch.pause();
  await eventually(async () => (await batch.progress()).paused);
  for (const n of [0, 1]) await releaseItem(stack, batch, n);
  await eventually(async () => (await batch.progress()).completed === 2);
  expect(await batch.progress()).toMatchObject({ paused: true, inFlight: 0, started: 2 });
  await batch.resume();
  expect(await batch.result()).toMatchObject({ completed: 5 });
});

test('a paused batch starts no items when its concurrency is raised right after the pause', async () => {
  // Many batches are tested, because it depends on timing which of two signals reaches a page first.
  const widened = Array.from({ length: 12 }, async () => {
    const batch = await twoWaiting(6);
    await batch.pause();
    await batch.setConcurrency(5);
    await eventually(async () => (await batch.progress()).paused && (await queryPageState(stack, batch)).slots === 5);
    expect(await batch.progress()).toMatchObject({ started: 2, inFlight: 2 });
    await batch.resume();
    for (const n of [0, 1]) await releaseItem(stack, batch, n);
    expect(await batch.result()).toMatchObject({ completed: 6 });
  });
  await Promise.all(widened);
});

test('a reduced concurrency holds while another page waits', async () => {
  const batch = await twoPages(4);
  await batch.setConcurrency(1);
  await eventually(async () => (await queryPageState(stack, batch)).slots === 1);
  for (const n of [0, 1, 2]) await releaseItem(stack, batch, n);
  await eventually(async () => (await batch.progress()).completed === 3);
  expect(await batch.progress()).toMatchObject({ inFlight: 1, started: 4 });
  await batch.cancel();
});

test('a raised concurrency starts items in their order', async () => {
  const batch = await twoPages(2);
  await batch.setConcurrency(4);
  await eventually(async () => (await batch.progress()).inFlight === 4);
  expect(await queryPageState(stack, batch)).toMatchObject({ itemsStarted: 4 });
  expect(await queryPageState(stack, batch, 2)).toMatchObject({ itemsStarted: 0 });
  await batch.cancel();
});

test('slots whose hand-over failed go to the successor that was named meanwhile', async () => {
  const { client, taskQueue, apiTaskQueue } = stack;
  const input = {
    page: 1,
    items: [{ n: 0, waits: true }],
    slots: 3,
    paused: false,
    attempts: 1,
    reportFailures: false,
  };
  const handedOver = Array.from({ length: 12 }, async () => {
    const batchId = `batch-${randomUUID()}`;
    const next = `${batchId}/page/3`;
    await client.workflow.start('testItem', { workflowId: next, taskQueue, args: [{ n: 0, waits: true }] });
    const page = await client.workflow.start('batchPage', {
      workflowId: `${batchId}/page/1`,
      taskQueue,
      args: [{ ...input, batchId, template: TEST_ITEM, apiTaskQueue }],
    });
    const batch = { workflowId: batchId } as DuvoBatch;
    await waitForItem(stack, batch, 0);
    // Page 2 does not exist, so the hand-over to it fails. The signal that names page 3 arrives before or after that
    // failure.
    await page.signal('setSuccessor', `${batchId}/page/2`);
    await page.signal('setSuccessor', next);
    await eventually(async () => (await queryPageState(stack, batch)).slots === 1);
    await releaseItem(stack, batch, 0);
    await client.workflow.getHandle(next).signal('goOn');
    await page.result();
  });
  await Promise.all(handedOver);
});
