import type { DuvoBatch } from '../../../client';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import {
  waitForItem,
  releaseItem,
  numberedItems,
  pageHandle,
  queryPageState,
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

/** Starts a batch of one item that has attempts left and fails when it is released, and pauses the batch. */
async function paused(): Promise<DuvoBatch> {
  const batch = await startBatch(
    stack,
    numberedItems(1, () => ({ waits: true, fails: true })),
    { attempts: 2 },
  );
  await waitForItem(stack, batch, 0);
  await batch.pause();
  await eventually(async () => (await batch.progress()).paused);
  return batch;
}

/**
 * Releases an item, which then fails, and waits until its page has processed the failure. @returns the id of the failed
 * run
 */
async function fail(batch: DuvoBatch, n: number): Promise<string> {
  const { runId } = await (await waitForItem(stack, batch, n)).describe();
  await releaseItem(stack, batch, n);
  await eventually(async () => {
    const { events } = await pageHandle(stack, batch).fetchHistory();
    return events?.some(
      (event) => event.childWorkflowExecutionFailedEventAttributes?.workflowExecution?.runId === runId,
    );
  });
  await queryPageState(stack, batch);
  return runId;
}
const runOf = async (batch: DuvoBatch, n: number) => (await (await waitForItem(stack, batch, n)).describe()).runId;

test('a paused batch does not retry an item, and retries it after the resume', async () => {
  const batch = await paused();
  const first = await fail(batch, 0);
  expect(await runOf(batch, 0)).toBe(first);
  await batch.resume();
  await eventually(async () => (await runOf(batch, 0)) !== first);
  await releaseItem(stack, batch, 0);
  await batch.result();
  expect(await collectRows(batch)).toMatchObject([{ status: 'failed', attempts: 2 }]);
});

test('a paused batch with an item to retry can be cancelled', async () => {
  const batch = await paused();
  await fail(batch, 0);
  expect(await batch.cancel()).toMatchObject({ failed: 1 });
});

test('a batch that was stopped by failures does not retry an item', async () => {
  const batch = await startBatch(
    stack,
    numberedItems(2, (n) => ({ fails: true, waits: n === 1 })),
    { attempts: 2, stopAtFailureShare: 0.1, stopNotBefore: 1 },
  );
  await eventually(async () => (await batch.progress()).stopped === 'failures');
  await fail(batch, 1);
  expect(await batch.result()).toMatchObject({ failed: 2, stopped: 'failures' });
  expect(await collectRows(batch)).toMatchObject([{ attempts: 2 }, { attempts: 1 }]);
});
