import type { PageQuery } from '../model';

/** One page of any list. */
export interface RowPage<T> {
  rows: T[];
  total?: number;
}

/** Number of consecutive pages without a new row after which the server is assumed to ignore the offset. */
const MAX_STALE_PAGES = 2;

/**
 * Iterates over the rows of a list, one page for each request, and yields each id once. Rows move between pages while data
 * changes: a new row can push a row that was already read onto the next page. A row that is removed meanwhile can hide another
 * row, which no list by offset can detect. The iteration ends at the total that the server reports, without a total at a page
 * that is not full, and always at an empty page.
 *
 * @param query `limit` is the number of rows per request, `offset` is the index of the first row
 * @param maxPageSize the maximum of `limit`, which is also its default
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
