import { MAX_ITEM_CHARS, parseItemJson, type LocatedItem, decodeUtf8, itemTooLongError } from './parse-item';

/** Reads one JSON value from each line. Skips blank lines. */
export async function* readNdjsonItems(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<LocatedItem> {
  let line = 1;
  let rest = '';
  for await (const text of decodeUtf8(name, bytes)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) {
      if (one.trim() !== '') yield { item: parseItemJson(name, one, line), line };
      line++;
    }
    if (rest.length > MAX_ITEM_CHARS) throw itemTooLongError(name, line);
  }
  if (rest.trim() !== '') yield { item: parseItemJson(name, rest, line), line };
}
