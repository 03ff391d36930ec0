import { BatchItemError } from './errors/item-error';

/** `JSON.stringify` writes half of a surrogate pair as an escape, and a whole pair as it is. */
const HALF_ESCAPE = /\\ud[89a-f]/;

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
  if (HALF_ESCAPE.test(text) && hasHalfPair(item))
    throw new BatchItemError(index, 'has half of a surrogate pair, which is no Unicode text: correct its \\u escapes');
  return Buffer.byteLength(text);
}

/** Whether a text in a JSON value, or a name of a field, has half of a surrogate pair. Many JSON readers refuse such a text. */
function hasHalfPair(value: unknown): boolean {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, entry]) => hasHalfPair(name) || hasHalfPair(entry));
}
