import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import {
  BATCH_ITEMS_WORKFLOW_TYPE,
  BATCH_RUN_ID_MEMO_KEY,
  type BatchItem,
  BatchSignals,
  pageStoreWorkflowId,
  MAX_PAGE_BYTES,
  MAX_PAGE_ITEMS,
  type PagesAdded,
  PageStore,
  type SourceFailed,
} from '../contract/batches/batch-contract';
import { MemoKeys } from '../contract/names';
import { jsonDigest } from './input-digest';
import { describeWorkflow, hasUnreadableMemo } from '../temporal/memo-reader';
import { splitIntoPages } from './split-into-pages';

export type { BatchSource, PagesAdded } from '../contract/batches/batch-contract';

/** The batch whose pages are stored. */
export interface PageTarget {
  client: Client;
  batchId: string;
  /** Task queue of the batch. Page stores are workflows on the same task queue. */
  taskQueue: string;
  /**
   * `originalExecutionRunId` of the batch. A stored page of another owner is replaced, because a schedule's backfill uses
   * the workflow id of an earlier batch again. Without an owner, no page is replaced.
   */
  owner?: string;
  /**
   * Whether closed stores with the same items are started again. Set when an earlier workflow of the batch failed, which
   * closed its stores.
   */
  reopensStores?: boolean;
}

/** The pages that are stored so far. */
export interface StoreProgress {
  pages: number;
  items: number;
  /** A digest of all pages so far. */
  digest: string;
}

/** After the first three pages, the batch receives a signal for every fifth page. */
const PAGES_PER_SIGNAL = 5;

export const NO_PROGRESS: StoreProgress = { pages: 0, items: 0, digest: '' };

export interface StorePagesOptions {
  /**
   * The pages that an earlier attempt stored. Their items are read from the source again; the digest must be the same, and
   * nothing is stored again.
   */
  resumeFrom?: StoreProgress;
  onStored?: (stored: StoreProgress) => void;
}

/** Thrown when a page is stored already, with other items. */
export class PageDiffersError extends Error {
  override readonly name = 'PageDiffersError';

  constructor(
    readonly batchId: string,
    readonly page: number,
  ) {
    super(`page ${page} of ${batchId} is stored with other items`);
  }
}

/** Thrown when a page is stored already, and this process cannot decode its digest. */
export class PageUnreadableError extends Error {
  override readonly name = 'PageUnreadableError';

  constructor(batchId: string, page: number) {
    super(
      `page ${page} of ${batchId} is stored, but its memo cannot be decoded, so its items cannot be compared: use the data ` +
        'converter (DUVO_DATA_CONVERTER) of the process that stored the page',
    );
  }
}

/**
 * Stores the items of a batch in Temporal, page by page, and signals the batch which pages are stored. After the last
 * page, the caller must signal that all pages are stored. Only one page of items is in memory at a time. A page that is
 * stored already is not stored again. Stops early when the batch does not run any more.
 *
 * @throws BatchItemError when an item cannot be stored; PageDiffersError, PageUnreadableError
 */
export async function storePages(
  target: PageTarget,
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  { resumeFrom, onStored }: StorePagesOptions = {},
): Promise<StoreProgress> {
  let stored: StoreProgress = NO_PROGRESS;
  for await (const { page, digest, stored: progress } of pagesWithDigests(items)) {
    stored = progress;
    if (resumeFrom && stored.pages <= resumeFrom.pages) {
      if (stored.pages === resumeFrom.pages && stored.digest !== resumeFrom.digest)
        throw new PageDiffersError(target.batchId, stored.pages);
      continue;
    }
    await storePage(target, stored.pages, page, digest);
    // Signals only some of the pages: one signal a page would be the larger part of the batch's history.
    if (stored.pages <= 3 || stored.pages % PAGES_PER_SIGNAL === 0) {
      if (!(await signalPagesAdded(target, stored))) return stored;
    }
    onStored?.(stored);
  }
  if (resumeFrom && stored.pages < resumeFrom.pages) throw new PageDiffersError(target.batchId, resumeFrom.pages);
  return stored;
}

/** Returns the digest that {@link storePages} returns for the same items. @throws BatchItemError */
export async function digestItems(items: Iterable<BatchItem> | AsyncIterable<BatchItem>): Promise<string> {
  let { digest } = NO_PROGRESS;
  for await (const { stored } of pagesWithDigests(items)) ({ digest } = stored);
  return digest;
}

/** Cuts items into pages, each with its digest and the progress up to its end. */
export async function* pagesWithDigests(items: Iterable<BatchItem> | AsyncIterable<BatchItem>) {
  let stored: StoreProgress = NO_PROGRESS;
  for await (const page of splitIntoPages(items, MAX_PAGE_ITEMS, MAX_PAGE_BYTES)) {
    const pageItems = { first: stored.items, items: page };
    const digest = jsonDigest(pageItems);
    stored = {
      pages: stored.pages + 1,
      items: stored.items + page.length,
      digest: createHash('sha256').update(stored.digest).update(digest).digest('hex'),
    };
    yield { page: pageItems, digest, stored };
  }
}

/**
 * Signals a batch which pages are stored. A batch closes the page stores that were signalled to it before its end. When the
 * batch has ended, for example because it was cancelled, this function closes the page stores since the last signal.
 *
 * @returns whether the batch is running
 */
export async function signalPagesAdded({ client, batchId }: PageTarget, stored: PagesAdded): Promise<boolean> {
  const { pages, items, allPagesStored, digest } = stored;
  const signalArgs: PagesAdded = {
    pages,
    items,
    ...(allPagesStored && { allPagesStored, ...(digest !== undefined && { digest }) }),
  };
  if (await signalIfRunning(client, batchId, BatchSignals.pagesAdded, signalArgs)) return true;
  for (let page = Math.max(1, pages - PAGES_PER_SIGNAL + 1); page <= pages; page++)
    await signalIfRunning(client, pageStoreWorkflowId(batchId, page), PageStore.close);
  return false;
}

/** Signals a batch that its items cannot be read to their end. A batch that has filled all its pages ignores the signal. */
export async function signalSourceFailed({ client, batchId }: PageTarget, failure: SourceFailed): Promise<void> {
  await signalIfRunning(client, batchId, BatchSignals.sourceFailed, failure);
}

async function signalIfRunning(
  client: Client,
  workflowId: string,
  signal: string,
  ...args: unknown[]
): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).signal(signal, ...args);
    return true;
  } catch (error) {
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
    return false;
  }
}

async function storePage(
  { client, batchId, taskQueue, owner, reopensStores }: PageTarget,
  page: number,
  items: { first: number; items: BatchItem[] },
  digest: string,
): Promise<void> {
  const workflowId = pageStoreWorkflowId(batchId, page);
  const start = (workflowIdConflictPolicy: 'FAIL' | 'TERMINATE_EXISTING', mayReopen = owner !== undefined) =>
    client.workflow.start(BATCH_ITEMS_WORKFLOW_TYPE, {
      workflowId,
      taskQueue,
      args: [items],
      memo: { [MemoKeys.inputDigest]: digest, ...(owner && { [BATCH_RUN_ID_MEMO_KEY]: owner }) },
      workflowIdReusePolicy: mayReopen ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
      workflowIdConflictPolicy,
    });
  try {
    await start('FAIL');
  } catch (error) {
    if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
    const description = await describeWorkflow(client, workflowId);
    if (hasUnreadableMemo(description)) throw new PageUnreadableError(batchId, page);
    const { memo, status } = description;
    if (memo?.[MemoKeys.inputDigest] === digest) {
      if (reopensStores && status.name !== 'RUNNING') await start('FAIL', true);
      return;
    }
    if (owner === undefined || memo?.[BATCH_RUN_ID_MEMO_KEY] === owner) throw new PageDiffersError(batchId, page);
    await start('TERMINATE_EXISTING');
  }
}
