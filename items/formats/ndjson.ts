import { splitLines } from './lines';
import { MAX_ITEM_CHARS, parseItemJson, type LocatedItem, itemTooLongError } from './parse-item';

/** Reads one JSON value from each line. Skips blank lines. */
export async function* readNdjsonItems(name: string, texts: AsyncIterable<string>): AsyncGenerator<LocatedItem> {
  for await (const { text, line } of splitLines(texts, MAX_ITEM_CHARS)) {
    if (text.length > MAX_ITEM_CHARS) throw itemTooLongError(name, line);
    if (text.trim() !== '') yield { item: parseItemJson(name, text, line), line };
  }
}
