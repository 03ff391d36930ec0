/** The batches whose histories are recorded, with the workflows of their first page and of the page's items. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DuvoBatch, DuvoWorkflows } from '../../client';
import { MemoKeys } from '../../contract';
import { inputDigest } from '../../items/input-digest';
import { type BatchInput, pageStoreWorkflowId, pageWorkflowId } from '../../workflows/batch';
import { eventually, type Stack, startStack } from '../support/stack';

const ITEMS_PER_PAGE = 3;

interface BatchRecording {
  items: object[];
  options?: Partial<BatchInput>;
  /** Number of items in a page. @default 3 */
  pageItems?: number;
  /** Items and calls run on workers of their own, so that the workers of the batch and its pages can be stopped. */
  separateItemWorkers?: true;
  before?: (workflowId: string, workers: Stack) => Promise<unknown>;
  /** The workers read the items from a file. An item `undefined` becomes a line that is not JSON. */
  storedByWorkers?: boolean;
  meanwhile?: (batch: DuvoBatch, stack: Stack) => Promise<unknown>;
}

const numberedItems = (count: number, extraFields: (n: number) => object = () => ({})): object[] =>
  Array.from({ length: count }, (_one, n) => ({ n, ...extraFields(n) }));
const waitForInFlight = (batch: DuvoBatch, count: number) =>
  eventually(async () => (await batch.progress()).inFlight === count);
const releaseItems = async (batch: DuvoBatch, { client }: Stack, ...items: number[]) => {
  for (const n of items) await client.workflow.getHandle(`${batch.workflowId}/item/${n}`).signal('goOn');
};

/** Eight items fill three pages, so that a page returns slots that the next page receives. */
const slotPassingItems = numberedItems(8, (n) => ({ fails: n === 1, takes: n === 2 ? 1_000 : 0 }));

/** Several items end in one workflow task, in which failed items are retried and further items start. */
const burstRecording: BatchRecording = {
  items: numberedItems(24, (n) => ({ fails: n % 3 === 1 })),
  options: { concurrency: 6, attempts: 2 },
  pageItems: 24,
};

/**
 * Items that fail in one workflow task. Another caller started items 0 and 5, and the page waits for their results. Items 1
 * and 4 failed before the batch, and the page starts them again. Item 2 is in its first attempt, and item 3 in its second.
 */
const mixedItems = numberedItems(10, (n) => ({ fails: n < 6, waits: n < 7 }));
const mixedRecording: BatchRecording = {
  items: mixedItems,
  options: { concurrency: 7, attempts: 3 },
  pageItems: 10,
  separateItemWorkers: true,
  before: async (workflowId, { client, taskQueue }) => {
    const item = (n: number, waits: boolean) =>
      client.workflow.start('testItem', {
        workflowId: `${workflowId}/item/${n}`,
        taskQueue,
        args: [{ n, fails: true, waits }],
        // The page adopts a workflow only when its memo says that it does the item's own work.
        memo: { [MemoKeys.inputDigest]: inputDigest({ type: 'testItem', input: mixedItems[n] }) },
      });
    for (const n of [0, 5]) await item(n, true);
    for (const n of [1, 4]) await (await item(n, false)).result().catch(() => undefined);
  },
  meanwhile: async (batch, stack) => {
    const page = stack.client.workflow.getHandle(pageWorkflowId(batch.workflowId, 1));
    const item = (n: number) => stack.client.workflow.getHandle(`${batch.workflowId}/item/${n}`);
    const pending = async (followed: number, children: number) =>
      eventually(async () => {
        const seen = await page.describe().catch(() => undefined);
        return seen?.raw.pendingActivities?.length === followed && seen.raw.pendingChildren?.length === children;
      });
    await pending(2, 5);
    const { runId } = await item(3).describe();
    await releaseItems(batch, stack, 3);
    await eventually(async () => (await item(3).describe()).runId !== runId);
    await pending(2, 5);
    await stack.stopWorkers();
    await releaseItems(batch, stack, 0);
    await pending(1, 5);
    for (const [at, n] of [1, 2, 3, 4].entries()) {
      await releaseItems(batch, stack, n);
      await pending(1, 4 - at);
    }
    await releaseItems(batch, stack, 5);
    await pending(0, 1);
    await releaseItems(batch, stack, 6);
    await pending(0, 0);
    await stack.startWorkers();
    await eventually(async () => {
      for (let n = 0; n < 6; n++) await releaseItems(batch, stack, n).catch(() => undefined);
      return (await batch.progress()).failed === 6;
    });
  },
};

const pauseAndRaiseConcurrency = async (batch: DuvoBatch, stack: Stack) => {
  await waitForInFlight(batch, 2);
  await batch.pause();
  await batch.setConcurrency(3);
  await eventually(async () => (await batch.progress()).paused);
  await releaseItems(batch, stack, 0, 1);
  await eventually(async () => (await batch.progress()).completed === 2);
  await batch.resume();
};

const cancelledRecording: BatchRecording = {
  items: numberedItems(4, () => ({ waits: true })),
  options: { concurrency: 2 },
  meanwhile: async (batch) => {
    await waitForInFlight(batch, 2);
    await batch.cancel();
  },
};

const pageCrashRecording: BatchRecording = {
  items: numberedItems(3, () => ({ waits: true })),
  options: { concurrency: 2 },
  meanwhile: async (batch, stack) => {
    await waitForInFlight(batch, 2);
    const page = stack.client.workflow.getHandle(pageWorkflowId(batch.workflowId, 1));
    for (const n of [0, 1])
      await eventually(() =>
        stack.client.workflow
          .getHandle(`${batch.workflowId}/item/${n}`)
          .describe()
          .catch(() => undefined),
      );
    await page.terminate();
    await eventually(async () => (await page.describe()).raw.pendingActivities?.length === 2);
    await releaseItems(batch, stack, 0, 1);
    await waitForInFlight(batch, 1);
    await eventually(() =>
      releaseItems(batch, stack, 2).then(
        () => true,
        () => false,
      ),
    );
  },
};

export const BATCH_RECORDINGS: Record<string, BatchRecording> = {
  'batch-completed': {
    items: slotPassingItems,
    options: { concurrency: 2, attempts: 2, stopAtFailureShare: 0.9 },
  },
  'batch-handed-over': { items: slotPassingItems, options: { concurrency: 2, attempts: 2 } },
  'batch-paused': {
    items: numberedItems(4, (n) => ({ waits: n < 2 })),
    options: { concurrency: 2 },
    meanwhile: pauseAndRaiseConcurrency,
  },
  'batch-cancelled': cancelledRecording,
  'batch-stopped': {
    items: numberedItems(20, () => ({ fails: true })),
    options: { concurrency: 1, stopAtFailureShare: 0.5, stopNotBefore: 3 },
  },
  'batch-page-died': pageCrashRecording,
  'batch-source': {
    items: numberedItems(3),
    options: { concurrency: 2 },
    storedByWorkers: true,
  },
  'batch-source-wrong': {
    items: [...numberedItems(2), undefined as never],
    options: { concurrency: 2 },
    storedByWorkers: true,
  },
  'batch-continued': {
    items: numberedItems(36),
    options: { concurrency: 2 },
  },
  'batch-burst': burstRecording,
  'batch-mixed': mixedRecording,
};

/**
 * Runs a batch with small pages, so that the recorded histories stay small.
 *
 * @returns the workflow ids to record, by the name of their file
 */
export async function runRecordedBatch(stack: Stack, name: string): Promise<Record<string, string>> {
  const itemStack = BATCH_RECORDINGS[name]?.separateItemWorkers && (await startStack({ address: stack.address }));
  try {
    return await runBatchOnStacks(stack, itemStack ?? stack, name);
  } finally {
    await itemStack?.stop();
  }
}

async function runBatchOnStacks(stack: Stack, itemStack: Stack, name: string): Promise<Record<string, string>> {
  const {
    items,
    options,
    pageItems = ITEMS_PER_PAGE,
    before,
    storedByWorkers,
    meanwhile,
  } = BATCH_RECORDINGS[name] as BatchRecording;
  const { client, taskQueue } = stack;
  const workflowId = `duvo-batch-${name}`;
  const input: BatchInput = {
    template: { workflow: { type: 'testItem', taskQueue: itemStack.taskQueue } },
    apiTaskQueue: itemStack.apiTaskQueue,
    ...options,
  };
  if (storedByWorkers) {
    input.source = { from: join(mkdtempSync(join(tmpdir(), 'duvo-recorded-')), 'items.ndjson') };
    writeFileSync(input.source.from, items.map((item) => `${JSON.stringify(item) ?? '?'}\n`).join(''));
  }
  await before?.(workflowId, itemStack);
  await client.workflow.start('batch', { workflowId, taskQueue, args: [input] });
  if (!storedByWorkers) await storePages(stack, workflowId, items, pageItems);
  const batch = new DuvoWorkflows(client).batches.get(workflowId);
  await meanwhile?.(batch, stack);
  await batch.result().catch(() => undefined);
  if (input.source) rmSync(dirname(input.source.from), { recursive: true });
  // The pages of this batch are the same as in other recordings, so they are not recorded.
  if (storedByWorkers) return { [name]: workflowId };
  return {
    [name]: workflowId,
    // The pages of batch-continued are the same as in other recordings, so they are not recorded.
    ...(name !== 'batch-continued' && { [`${name}-page`]: pageWorkflowId(workflowId, 1) }),
    // This page receives the slots that the first page returned.
    ...(name.startsWith('batch-handed-over') && { [`${name}-next-page`]: pageWorkflowId(workflowId, 2) }),
    ...(name === 'batch-completed' && { [`${name}-items`]: pageStoreWorkflowId(workflowId, 1) }),
  };
}

async function storePages(
  { client, taskQueue }: Stack,
  workflowId: string,
  items: object[],
  size: number,
): Promise<void> {
  const pages = Math.ceil(items.length / size);
  for (let page = 1; page <= pages; page++) {
    const first = (page - 1) * size;
    const args = [{ first, items: items.slice(first, first + size) }];
    await client.workflow.start('batchItems', { workflowId: pageStoreWorkflowId(workflowId, page), taskQueue, args });
  }
  await client.workflow
    .getHandle(workflowId)
    .signal('pagesAdded', { pages, items: items.length, allPagesStored: true });
}
