import type { PageQuery } from '../model';

/** One page, whichever list it is of. */
export interface RowPage<T> {
  rows: T[];
  total?: number;
}

/** Pages in a row without a new row, after which the server is taken to ignore the offset. */
const MAX_STALE_PAGES = 2;

/**
 * The rows of a list, one page a request, each id once: rows shift between pages while data changes, so a new row may
 * push one that was seen onto the next page. (A row that is removed meanwhile may hide another: no list by offset can
 * tell.) It ends at the total that the server tells, else at a page that is not full, and always at an empty one.
 *
 * @param query `limit` is the size of a page, `offset` the first row
 * @param maxPageSize the largest page that the operation has
 */
export async function* iterateRows<T extends { id: string }>(
  query: PageQuery,
  maxPageSize: number,
  fetchPage: (place: Required<PageQuery>) => Promise<RowPage<T>>,
): AsyncGenerator<T, void, undefined> {
  const { limit: size = maxPageSize, offset = 0 } = query;
  const seen = new Set<string>();
  for (let at = offset, stale = 0; stale < MAX_STALE_PAGES;) {
    const { rows, total } = await fetchPage({ limit: size, offset: at });
    stale += 1;
    for (const row of rows) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      stale = 0;
      yield row;
    }
    at += rows.length;
    if (rows.length === 0 || (total === undefined ? rows.length < size : at >= total)) return;
  }
}
