import { FailureTypes } from '../../contract/failures';
import type { BatchItem, PagesAdded } from '../../contract/batches/batch-contract';
import { BatchItemError } from '../../items/errors/item-error';
import { BatchSourceError } from '../../items/errors/source-error';
import {
  digestItems,
  PageDiffersError,
  type PageTarget,
  signalPagesAdded,
  signalSourceFailed,
  storePages,
  type StoreProgress,
} from '../../items/store-pages';
import type { DuvoBatch } from './batch';
import { checkStoredPages } from '../../items/check-stored-pages';
import { openBatch, type BatchToOpen } from './open-batch';
import { KeyConflictError } from '../errors';

/** Time between two signals that the caller still stores items. */
const KEEP_ALIVE_MS = 10 * 60_000;

/** Receives the number of items of a batch that are stored so far. `isNew`: this call started the batch. */
export type OnStored = (items: number, batch: DuvoBatch, isNew: boolean) => void;

export interface FillOptions {
  onStored?: OnStored;
  /** Checks the items that were stored, before the batch counts as complete. An exception makes the batch fail. */
  checkStored?: (stored: StoreProgress) => void;
  /**
   * Reads the items once more from their beginning, so that items which differ from those of a failed batch are refused
   * before another batch replaces it. Absent when the items can be read once only: the new batch then fails.
   */
  readAgain?: () => Iterable<BatchItem> | AsyncIterable<BatchItem>;
  /** Turns an error of the items into the one that the caller of the batch receives. */
  toSourceError?: (error: unknown) => unknown;
}

/** Starts or continues a batch, and stores its items. Returns when all items are stored. */
export async function fillBatch(
  toOpen: BatchToOpen,
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  options: FillOptions = {},
): Promise<DuvoBatch> {
  const { onStored, checkStored, toSourceError = (error: unknown) => error } = options;
  const { client, taskQueue, key } = toOpen;
  const toConflict = ({ batchId, page }: PageDiffersError) =>
    new KeyConflictError(key ?? batchId, batchId, `other items on page ${page}`);
  const { batch, isNew, isAnew } = await openBatch(toOpen, {
    onAttached: (attached) => onStored?.(0, attached, false),
    beforeAnew: async ({ workflowId: batchId }) => {
      await checkStoredPages({ client, batchId }, options.readAgain?.() ?? []).catch((error: unknown) => {
        throw error instanceof PageDiffersError ? toConflict(error) : error;
      });
    },
  });
  const { workflowId } = batch;
  if (isNew) onStored?.(0, batch, true);
  // A new batch has no pages, so there is nothing to query.
  const storage = isNew ? { allPagesStored: false } : await batch.storageState();
  // The batch may only now have received that its items could not be read.
  if (!isNew && (await batch.hasSourceFailed())) return fillBatch(toOpen, items, options);
  if (storage.allPagesStored) {
    const hasOtherItems = storage.digest !== undefined && storage.digest !== (await digestItems(items));
    if (hasOtherItems) throw new KeyConflictError(key ?? workflowId, workflowId, 'other items');
    return batch;
  }
  const target: PageTarget = { client, batchId: workflowId, taskQueue, reopensStores: isAnew };
  let stored: PagesAdded = { pages: 0, items: 0 };
  // A batch without a key fails after an hour without a signal, and a slow source may need longer for one page.
  const keepAlive = key === undefined ? setInterval(() => void signalAlive(target, stored), KEEP_ALIVE_MS) : undefined;
  try {
    const progress = await storePages(target, items, {
      onStored: (newlyStored) => {
        stored = newlyStored;
        onStored?.(newlyStored.items, batch, isNew);
      },
    });
    checkStored?.(progress);
    await signalPagesAdded(target, { ...progress, allPagesStored: true });
  } catch (thrown) {
    const error = thrown instanceof PageDiffersError ? toConflict(thrown) : toSourceError(thrown);
    const isOthers = error instanceof KeyConflictError && !isNew;
    // The caller gets the cause, also when the batch cannot be reached, for example because Temporal is down.
    if (!isOthers) await endUnfilled(toOpen, batch, target, error).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(keepAlive);
  }
  return batch;
}

/** The next signal follows when Temporal cannot be reached now. */
async function signalAlive(target: PageTarget, { pages, items }: PagesAdded): Promise<void> {
  await signalPagesAdded(target, { pages, items }).catch(() => undefined);
}

/**
 * Ends a batch whose items cannot be read to their end. With a key, the batch fails, so that the next call with the key
 * starts it anew; an interruption leaves it open, since the next call continues it. Without a key, no call could do that.
 */
async function endUnfilled({ key }: BatchToOpen, batch: DuvoBatch, target: PageTarget, error: unknown): Promise<void> {
  if (key === undefined) return batch.requestCancel();
  if (error instanceof BatchSourceError && error.kind === 'interrupted') return;
  if (error instanceof BatchSourceError || error instanceof BatchItemError || error instanceof KeyConflictError)
    await signalSourceFailed(target, {
      type: FailureTypes.BatchSourceInvalid,
      message: error instanceof BatchSourceError ? error.publicMessage : error.message,
    });
}
