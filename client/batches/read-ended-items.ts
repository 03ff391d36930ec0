import type { BatchItem, BatchResult, ItemRow } from '../../contract/batches/batch-contract';
import type { PageReader } from './page-reader';

/** An item of a batch that has ended. */
export interface EndedItem {
  row: ItemRow;
  /** Absent when it was not requested, or when Temporal has deleted its page. */
  item?: BatchItem;
}

/**
 * Reads the items of a batch that has ended, in order, page by page. An item without a row counts as not started only
 * when its page never started. The rows of a page that started are evidence; without them nothing shows what was done.
 *
 * @param inline the items that came with the batch's input, which have no page store
 */
export async function* readEndedItems(
  reader: PageReader,
  { pages, pagesStarted, items: total }: BatchResult,
  inline: BatchItem[] | undefined,
  withItems: boolean,
): AsyncGenerator<EndedItem> {
  let nextIndex = 0;
  /** Status of the items before the next page that can be read. */
  let gapStatus: 'not-started' | 'unknown' = 'not-started';
  const fillGap = function* (end: number): Generator<EndedItem> {
    for (; nextIndex < end; nextIndex++) yield { row: { index: nextIndex, status: gapStatus } };
    gapStatus = 'not-started';
  };
  for (let page = 1; page <= pages; page++) {
    const rows = await reader.readRows(page, inline === undefined);
    // The items show how many rows a page without rows would have.
    const needsItems = withItems || rows.length === 0;
    const stored = needsItems ? await readPageItems(reader, page, inline) : undefined;
    const statusWithoutRow = page > pagesStarted ? 'not-started' : 'unknown';
    const first = rows[0]?.index ?? stored?.first;
    if (first === undefined) {
      if (statusWithoutRow === 'unknown') gapStatus = 'unknown';
      continue;
    }
    yield* fillGap(first);
    const count = rows.length > 0 ? rows.length : (stored?.items.length ?? 0);
    for (let at = 0; at < count; at++) {
      const row = rows[at] ?? { index: first + at, status: statusWithoutRow };
      yield { row, ...(withItems && stored && { item: stored.items[at] }) };
    }
    nextIndex = first + count;
  }
  yield* fillGap(total);
}

async function readPageItems(reader: PageReader, page: number, inline: BatchItem[] | undefined) {
  return inline ? { first: 0, items: inline } : reader.readItems(page);
}

/**
 * Whether an item is to be run again. `unknown`: nothing shows that the item was not done, or its run or case may still
 * go on in Duvo, so that another run would do its work twice.
 */
export function redriveClass({ status, cancel, mayContinue, alreadyStarted }: ItemRow): 'done' | 'undone' | 'unknown' {
  if (status === 'completed') return 'done';
  if (status === 'unknown' || mayContinue) return 'unknown';
  // A workflow that another caller started was not cancelled, and is followed again under the same key.
  if (status === 'canceled' && cancel === 'unconfirmed' && !alreadyStarted) return 'unknown';
  return 'undone';
}
