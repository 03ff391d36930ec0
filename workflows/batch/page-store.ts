import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { type BatchItem, BatchQueries, type ItemRow } from '../../contract/batch-contract';

/** The items of one page, as the client stored them. */
export interface StoredItems {
  /** The place of the first one in the batch. */
  first: number;
  items: BatchItem[];
}

export const storedItems = defineQuery<StoredItems>(BatchQueries.items);
export const storedRows = defineQuery<ItemRow[]>(BatchQueries.rows);
export const putRows = defineSignal<[ItemRow[]]>('putRows');
export const release = defineSignal('release');

/**
 * Holds one page of a batch's items, and what became of them, until the batch is over: so the caller may go, no worker
 * needs the caller's disk, and the batch's own history holds neither. It stays open, since Temporal forgets what is
 * closed, and a batch may take longer than that; its queries answer after that, too.
 */
export async function batchItems(page: StoredItems): Promise<void> {
  let released = false;
  let rows: ItemRow[] = [];
  setHandler(storedItems, () => page);
  setHandler(storedRows, () => rows);
  setHandler(putRows, (newRows) => {
    rows = newRows;
  });
  setHandler(release, () => {
    released = true;
  });
  await condition(() => released);
}
