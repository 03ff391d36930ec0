import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { type BatchItem, BatchQueries } from './contract';

/** The items of one page, as the client stored them. */
export interface StoredItems {
  /** The place of the first one in the batch. */
  first: number;
  items: BatchItem[];
}

export const storedItems = defineQuery<StoredItems>(BatchQueries.items);
export const release = defineSignal('release');

/**
 * Holds one page of a batch's items until the batch has done with it: so the caller may go, and no worker needs the
 * caller's disk. It stays open, since Temporal forgets what is closed.
 */
export async function batchItems(page: StoredItems): Promise<void> {
  let released = false;
  setHandler(storedItems, () => page);
  setHandler(release, () => {
    released = true;
  });
  await condition(() => released);
}
