/** The batches whose histories test/record-histories.ts records: of the batch, of its first page, of that page's store. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DuvoBatch, DuvoBatches } from '../../client';
import { type BatchInput, pageStoreWorkflowId, pageWorkflowId } from '../../workflows/batch';
import { eventually, type Stack, startStack } from '../support/stack';

const PAGE = 3;

interface BatchRecording {
  items: object[];
  options?: Partial<BatchInput>;
  /** Items of a page. @default PAGE */
  page?: number;
  /** Items and calls have workers of their own: those of the batch and its pages can be stopped meanwhile. */
  apart?: true;
  before?: (workflowId: string, workers: Stack) => Promise<unknown>;
  /** The workers read the items, of which `undefined` is a line that is wrong. */
  fromWorkers?: boolean;
  meanwhile?: (batch: DuvoBatch, stack: Stack) => Promise<unknown>;
}

const numbered = (count: number, more: (n: number) => object = () => ({})): object[] =>
  Array.from({ length: count }, (_one, n) => ({ n, ...more(n) }));
const underWay = (batch: DuvoBatch, count: number) =>
  eventually(async () => (await batch.progress()).inFlight === count);
const letGo = async (batch: DuvoBatch, { client }: Stack, ...items: number[]) => {
  for (const n of items) await client.workflow.getHandle(`${batch.workflowId}/item/${n}`).signal('goOn');
};

/** Slots go from one page to the next. */
const passingSlotsOn = numbered(8, (n) => ({ fails: n === 1, takes: n === 2 ? 1_000 : 0 }));

const handedOver: BatchRecording = { items: passingSlotsOn, options: { width: 2, attempts: 2 } };

/** Several items end in one workflow task: some are tried again, and others are next. */
const burst: BatchRecording = {
  items: numbered(24, (n) => ({ fails: n % 3 === 1 })),
  options: { width: 6, attempts: 2 },
  page: 24,
};

/**
 * In one workflow task there fail, in this order, an item that is followed, one that had failed before the batch and is done
 * again, one in its first and one in its second try, and again one that is done again and one that is followed.
 */
const mixed: BatchRecording = {
  items: numbered(10, (n) => ({ fails: n < 6, waits: n < 7 })),
  options: { width: 7, attempts: 3 },
  page: 10,
  apart: true,
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
    await letGo(batch, stack, 3);
    await eventually(async () => (await item(3).describe()).runId !== runId);
    await pending(2, 5);
    await stack.stopWorkers();
    await letGo(batch, stack, 0);
    await pending(1, 5);
    for (const [at, n] of [1, 2, 3, 4].entries()) {
      await letGo(batch, stack, n);
      await pending(1, 4 - at);
    }
    await letGo(batch, stack, 5);
    await pending(0, 1);
    await letGo(batch, stack, 6);
    await pending(0, 0);
    await stack.startWorkers();
    await eventually(async () => {
      for (let n = 0; n < 6; n++) await letGo(batch, stack, n).catch(() => undefined);
      return (await batch.progress()).failed === 6;
    });
  },
};

const pausedAndWidened = async (batch: DuvoBatch, stack: Stack) => {
  await underWay(batch, 2);
  await batch.pause();
  await batch.setConcurrency(3);
  await eventually(async () => (await batch.progress()).paused);
  await letGo(batch, stack, 0, 1);
  await eventually(async () => (await batch.progress()).completed === 2);
  await batch.resume();
};

const cancelled: BatchRecording = {
  items: numbered(4, () => ({ waits: true })),
  options: { width: 2 },
  meanwhile: async (batch) => {
    await underWay(batch, 2);
    await batch.cancel();
  },
};

const pageDied: BatchRecording = {
  items: numbered(3, () => ({ waits: true })),
  options: { width: 2 },
  meanwhile: async (batch, stack) => {
    await underWay(batch, 2);
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
    await letGo(batch, stack, 0, 1);
    await underWay(batch, 1);
    await eventually(() =>
      letGo(batch, stack, 2).then(
        () => true,
        () => false,
      ),
    );
  },
};

export const BATCHES: Record<string, BatchRecording> = {
  'batch-completed': {
    items: passingSlotsOn,
    options: { width: 2, attempts: 2, stopAtFailureShare: 0.9 },
  },
  // As batch-completed, but of the second revision of pages.
  'batch-handed-over': handedOver,
  'batch-paused': {
    items: numbered(4, (n) => ({ waits: n < 2 })),
    options: { width: 2 },
    meanwhile: pausedAndWidened,
  },
  // As batch-paused, which is from before pages were told in order (batch-window-2).
  'batch-paused-in-order': {
    items: numbered(4, (n) => ({ waits: n < 2 })),
    options: { width: 2 },
    meanwhile: pausedAndWidened,
  },
  'batch-cancelled': cancelled,
  'batch-stopped': {
    items: numbered(20, () => ({ fails: true })),
    options: { width: 1, stopAtFailureShare: 0.5, stopNotBefore: 3 },
  },
  'batch-page-died': pageDied,
  'batch-source': {
    // Stored by the workers, in a page of the usual size.
    items: numbered(3),
    options: { width: 2 },
    fromWorkers: true,
  },
  'batch-source-wrong': {
    items: [...numbered(2), undefined as never],
    options: { width: 2 },
    fromWorkers: true,
  },
  'batch-continued': {
    items: numbered(36),
    options: { width: 2 },
  },
  'batch-burst': burst,
  'batch-mixed': mixed,
  // Of the second and the third revision of pages (page-revision.ts). Those above are of the first, but batch-handed-over.
  'batch-cancelled-2': cancelled,
  'batch-page-died-2': pageDied,
  'batch-burst-2': burst,
  'batch-mixed-2': mixed,
  'batch-handed-over-3': handedOver,
  'batch-cancelled-3': cancelled,
  'batch-page-died-3': pageDied,
  'batch-burst-3': burst,
  'batch-mixed-3': mixed,
};

/**
 * Stores the items in small pages, where the client's are of hundreds: histories go into the repository.
 *
 * @returns the workflow ids to record, by the name of their file
 */
export async function runBatch(stack: Stack, name: string): Promise<Record<string, string>> {
  const others = BATCHES[name]?.apart && (await startStack({ address: stack.address }));
  try {
    return await runBatchOf(stack, others ?? stack, name);
  } finally {
    await others?.stop();
  }
}

async function runBatchOf(stack: Stack, others: Stack, name: string): Promise<Record<string, string>> {
  const { items, options, page = PAGE, before, fromWorkers, meanwhile } = BATCHES[name] as BatchRecording;
  const { client, taskQueue } = stack;
  const workflowId = `duvo-batch-${name}`;
  const input: BatchInput = {
    template: { workflow: { type: 'testItem', taskQueue: others.taskQueue } },
    apiTaskQueue: others.apiTaskQueue,
    ...options,
  };
  if (fromWorkers) {
    input.source = { from: join(mkdtempSync(join(tmpdir(), 'duvo-recorded-')), 'items.ndjson') };
    writeFileSync(input.source.from, items.map((item) => `${JSON.stringify(item) ?? '?'}\n`).join(''));
  }
  await before?.(workflowId, others);
  await client.workflow.start('batch', { workflowId, taskQueue, args: [input] });
  if (!fromWorkers) await storePages(stack, workflowId, items, page);
  const batch = new DuvoBatches(client).get(workflowId);
  await meanwhile?.(batch, stack);
  await batch.result().catch(() => undefined);
  if (input.source) rmSync(dirname(input.source.from), { recursive: true });
  // Its pages are as those of other batches.
  if (fromWorkers) return { [name]: workflowId };
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
  await client.workflow.getHandle(workflowId).signal('pagesAdded', { pages, items: items.length, sealed: true });
}
