import { BatchItemError } from './errors/item-error';

/** Divides items into pages. Only one page is in memory at a time. @throws BatchItemError */
export async function* splitIntoPages<T>(
  items: Iterable<T> | AsyncIterable<T>,
  maxItems: number,
  maxBytes: number,
): AsyncGenerator<T[]> {
  // Reserves space for the JSON around the items.
  const maxItemBytes = maxBytes - 256;
  let page: T[] = [];
  let bytes = 0;
  let index = 0;
  for await (const item of items) {
    const size = jsonBytes(item, index) + 1;
    if (size > maxItemBytes)
      throw new BatchItemError(index, `has ${size} bytes as JSON; the limit is ${maxItemBytes}: put less into it`);
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
    // A value that JSON cannot hold is refused below.
  }
  if (text === undefined || item === null)
    throw new BatchItemError(index, 'is not JSON: give an object, a text or a number');
  return Buffer.byteLength(text);
}
