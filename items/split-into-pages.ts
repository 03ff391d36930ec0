import { BatchItemError } from './item-error';

/** Cuts items into pages, one at a time, so that no more than one is held. @throws BatchItemError */
export async function* splitIntoPages<T>(
  items: Iterable<T> | AsyncIterable<T>,
  maxItems: number,
  maxBytes: number,
): AsyncGenerator<T[]> {
  // What is around the items in the page's own JSON.
  const maxItemBytes = maxBytes - 256;
  let page: T[] = [];
  let bytes = 0;
  let index = 0;
  for await (const item of items) {
    const size = jsonBytes(item, index) + 1;
    if (size > maxItemBytes)
      throw new BatchItemError(index, `has ${size} bytes as JSON, and a page takes ${maxItemBytes}: put less into it`);
    if (page.length === maxItems || bytes + size > maxItemBytes) {
      yield page;
      page = [];
      bytes = 0;
    }
    page.push(item);
    bytes += size;
    index++;
  }
  if (page.length > 0) yield page;
}

function jsonBytes(item: unknown, index: number): number {
  let text: string | undefined;
  try {
    text = JSON.stringify(item);
  } catch {
    // Below.
  }
  if (text === undefined || item === null)
    throw new BatchItemError(index, 'is not JSON: give an object, a text or a number');
  return Buffer.byteLength(text);
}
