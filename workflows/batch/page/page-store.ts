import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { type BatchItem, type ItemRow, PageStore } from '../../../contract/batches/batch-contract';

/** The items of one page, as the client or a worker stored them. */
export interface StoredItems {
  /** Position of the first item in the batch. */
  first: number;
  items: BatchItem[];
}

export const storedItems = defineQuery<StoredItems>(PageStore.items);
export const storedRows = defineQuery<ItemRow[]>(PageStore.rows);
export const storeRows = defineSignal<[ItemRow[]]>(PageStore.storeRows);
export const closeStore = defineSignal(PageStore.close);

/**
 * Stores the items of one page, and later their rows, until the batch is over. So the caller may disconnect, no worker
 * reads the caller's disk, and the batch's own history holds neither items nor rows. The workflow stays open because
 * Temporal deletes closed workflows after the retention, and a batch may take longer. Its queries work after it closed, too.
 */
export async function batchItems(page: StoredItems): Promise<void> {
  let isClosed = false;
  let rows: ItemRow[] = [];
  setHandler(storedItems, () => page);
  setHandler(storedRows, () => rows);
  setHandler(storeRows, (newRows) => {
    rows = newRows;
  });
  setHandler(closeStore, () => {
    isClosed = true;
  });
  await condition(() => isClosed);
}
