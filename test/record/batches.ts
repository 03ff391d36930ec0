/** The batches whose histories test/record-histories.ts records: of the batch, of its first page, of that page's store. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DuvoBatch, DuvoWorkflows } from '../../client';
import { type BatchInput, pageStoreWorkflowId, pageWorkflowId } from '../../workflows/batch';
import { eventually, type Stack, startStack } from '../support/stack';

const ITEMS_PER_PAGE = 3;

interface BatchRecording {
  items: object[];
  options?: Partial<BatchInput>;
  /** Items of a page. @default PAGE */
  pageItems?: number;
  /** Items and calls have workers of their own: those of the batch and its pages can be stopped meanwhile. */
  separateItemWorkers?: true;
  before?: (workflowId: string, workers: Stack) => Promise<unknown>;
  /** The workers read the items, of which `undefined` is a line that is wrong. */
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

/** Slots go from one page to the next. */
const slotPassingItems = numberedItems(8, (n) => ({ fails: n === 1, takes: n === 2 ? 1_000 : 0 }));

const handOverRecording: BatchRecording = { items: slotPassingItems, options: { concurrency: 2, attempts: 2 } };

/** Several items end in one workflow task: some are tried again, and others are next. */
const burstRecording: BatchRecording = {
  items: numberedItems(24, (n) => ({ fails: n % 3 === 1 })),
  options: { concurrency: 6, attempts: 2 },
  pageItems: 24,
};

/**
 * In one workflow task there fail, in this order, an item that is followed, one that had failed before the batch and is done
 * again, one in its first and one in its second try, and again one that is done again and one that is followed.
 */
const mixedRecording: BatchRecording = {
  items: numberedItems(10, (n) => ({ fails: n < 6, waits: n < 7 })),
  options: { concurrency: 7, attempts: 3 },
  pageItems: 10,
  separateItemWorkers: true,
  before: async (workflowId, { client, taskQueue }) => {
    const item = (n: number, waits: boolean) =>
      client.workflow.start('testItem', {
        workflowId: `${workflowId}/item/${n}`,
        taskQueue,
        args: [{ n, fails: true, waits }],
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
  // As batch-completed, but of the second revision of pages.
  'batch-handed-over': handOverRecording,
  'batch-paused': {
    items: numberedItems(4, (n) => ({ waits: n < 2 })),
    options: { concurrency: 2 },
    meanwhile: pauseAndRaiseConcurrency,
  },
  // As batch-paused, which is from before pages were told in order (batch-window-2).
  'batch-paused-in-order': {
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
    // Stored by the workers, in a page of the usual size.
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
  // Of the second and the third revision of pages (page-revision.ts). Those above are of the first, but batch-handed-over.
  'batch-cancelled-2': cancelledRecording,
  'batch-page-died-2': pageCrashRecording,
  'batch-burst-2': burstRecording,
  'batch-mixed-2': mixedRecording,
  'batch-handed-over-3': handOverRecording,
  'batch-cancelled-3': cancelledRecording,
  'batch-page-died-3': pageCrashRecording,
  'batch-burst-3': burstRecording,
  'batch-mixed-3': mixedRecording,
};

/**
 * Stores the items in small pages, where the client's are of hundreds: histories go into the repository.
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
  // Its pages are as those of other batches.
  if (storedByWorkers) return { [name]: workflowId };
  return {
    [name]: workflowId,
    // Of its pages there are the same ones in other recordings.
    ...(name !== 'batch-continued' && { [`${name}-page`]: pageWorkflowId(workflowId, 1) }),
    // The one that begins with slots of another one.
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
  await client.workflow.getHandle(workflowId).signal('pagesAdded', { pages, items: items.length, allPagesStored: true });
}
