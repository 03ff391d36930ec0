import { type DuvoBatch, DuvoWorkflows, NothingToRedriveError } from '../../../../client';
import { type ItemRow, pageStoreWorkflowId, pageWorkflowId } from '../../../../workflows/batch';
import { concurrentTests } from '../../../support/jest/concurrent-tests';
import { collectRows, createBatchesClient, numberedItems, startBatch, waitForItem } from '../../../support/batches';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const statuses = async (batch: DuvoBatch) => (await collectRows(batch)).map(({ status }) => status);

/** A server with default settings, such as one at TEMPORAL_ADDRESS, needs up to half a minute for a deletion. */
const DELETION_TIMEOUT_MS = 90_000;

async function deleteWorkflows(...workflowIds: string[]): Promise<void> {
  const { client } = stack;
  for (const workflowId of workflowIds)
    await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId } });
  const isDeleted = (workflowId: string) =>
    client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => false,
        () => true,
      );
  await eventually(async () => (await Promise.all(workflowIds.map(isDeleted))).every(Boolean), DELETION_TIMEOUT_MS);
}

/** Redrives a batch, and cancels the new batch. Returns the number of items of the new batch, and the rows that were left out. */
async function redrive(batch: DuvoBatch, options: { includeUnknown?: boolean } = {}) {
  const leftOut: ItemRow[] = [];
  const onLeftOut = (row: ItemRow) => void leftOut.push(row);
  const again = await createBatchesClient(stack)
    .redrive(batch.workflowId, { ...options, onLeftOut })
    .catch((error: unknown) => {
      if (!(error instanceof NothingToRedriveError)) throw error;
    });
  await again?.requestCancel();
  const items = again ? (await again.result()).items : 0;
  return { items, leftOut: leftOut.map(({ index }) => index) };
}

test('items whose rows were deleted are unknown, and are run again only on request', async () => {
  const batch = await startBatch(
    stack,
    numberedItems(2, () => ({ waits: true })),
    {},
  );
  const items = [await waitForItem(stack, batch, 0), await waitForItem(stack, batch, 1)];
  // A store that is terminated receives no rows, and its items can still be read.
  await stack.client.workflow.getHandle(pageStoreWorkflowId(batch.workflowId, 1)).terminate();
  for (const item of items) await item.signal('goOn');
  expect(await batch.result()).toMatchObject({ completed: 2 });
  await deleteWorkflows(pageWorkflowId(batch.workflowId, 1));
  expect(await statuses(batch)).toEqual(['unknown', 'unknown']);
  expect(await redrive(batch)).toEqual({ items: 0, leftOut: [0, 1] });
  expect(await redrive(batch, { includeUnknown: true })).toEqual({ items: 2, leftOut: [] });
});

test('items whose page was deleted with its items are unknown, and the others are run again', async () => {
  const filler = { filler: 'x'.repeat(100_000) };
  const items = numberedItems(4, (n) => ({ ...filler, fails: n > 1 }));
  const batch = await startBatch(stack, items, {});
  expect(await batch.result()).toMatchObject({ pages: 4, failed: 2 });
  await deleteWorkflows(pageStoreWorkflowId(batch.workflowId, 3), pageWorkflowId(batch.workflowId, 3));
  expect(await statuses(batch)).toEqual(['completed', 'completed', 'unknown', 'failed']);
  expect(await redrive(batch, { includeUnknown: true })).toEqual({ items: 1, leftOut: [2] });
});

test('items of a page that was never started are not started, and are run again', async () => {
  const filler = { filler: 'x'.repeat(100_000), waits: true };
  const batch = await startBatch(
    stack,
    numberedItems(4, () => filler),
    { concurrency: 1 },
  );
  await waitForItem(stack, batch, 0);
  expect(await batch.cancel()).toMatchObject({ canceled: 1, notStarted: 3, pages: 4, pagesStarted: 2 });
  expect(await statuses(batch)).toEqual(['canceled', 'not-started', 'not-started', 'not-started']);
  expect(await redrive(batch)).toEqual({ items: 4, leftOut: [] });
});

const startRuns = (agents: string[], run: object) =>
  createBatchesClient(stack).start(
    agents.map((agent) => ({ agent })),
    { template: { run: { agentId: '{{agent}}', ...run } } },
  );
const waitForRun = async (batch: DuvoBatch, n: number) => {
  const handle = await waitForItem(stack, batch, n);
  await eventually(async () => 'DuvoRunId' in (await handle.describe()).searchAttributes);
};

test('a run that had completed in Duvo when its batch was cancelled is completed, and is not run again', async () => {
  stack.simulator.script('quick', { steps: [{ status: 'running', polls: 1 }, { end: 'completed' }] });
  stack.simulator.script('fails', { steps: [{ status: 'running', polls: 1 }, { end: 'failed' }] });
  const batch = await startRuns(['quick', 'fails'], { watch: { every: [{ every: '1h' }] } });
  for (const n of [0, 1]) await waitForRun(batch, n);
  expect(await batch.cancel()).toMatchObject({ completed: 1, canceled: 1, cancel: { alreadyFinished: 1 } });
  expect(await collectRows(batch)).toMatchObject([
    { status: 'completed', runId: expect.any(String) as string },
    { status: 'canceled', cancel: 'already-finished' },
  ]);
  expect(await redrive(batch)).toEqual({ items: 1, leftOut: [] });
});

test('a run whose cancel is not confirmed may go on, and is run again only on request', async () => {
  stack.simulator.script('works', { steps: [{ status: 'running' }] });
  const batch = await startRuns(['works'], { watch: QUICK_WATCH, onCancel: 'abandon' });
  await waitForRun(batch, 0);
  expect(await batch.cancel()).toMatchObject({ canceled: 1, cancel: { unconfirmed: 1 } });
  expect(await redrive(batch)).toEqual({ items: 0, leftOut: [0] });
});

test('a redrive uses the task queues of the batch that has ended', async () => {
  const { client } = stack;
  const batch = await startBatch(
    stack,
    numberedItems(1, () => ({ fails: true })),
    {},
  );
  await batch.result();
  const elsewhere = new DuvoWorkflows(client, { taskQueue: 'nobody', apiTaskQueue: 'nobody-api' }).batches;
  const again = await elsewhere.redrive(batch.workflowId);
  expect(await again.result({ timeoutMs: 20_000 })).toMatchObject({ items: 1, failed: 1 });
});
