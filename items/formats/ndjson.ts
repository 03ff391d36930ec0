import { BatchSourceError } from '../errors/source-error';
import { splitLines } from './lines';
import { MAX_ITEM_CHARS, parseItemJson, type LocatedItem, itemTooLongError } from './parse-item';

/** Reads one JSON value from each line. Skips blank lines. */
export async function* readNdjsonItems(name: string, texts: AsyncIterable<string>): AsyncGenerator<LocatedItem> {
  let isFirst = true;
  for await (const { text, line } of splitLines(texts, MAX_ITEM_CHARS)) {
    if (text.length > MAX_ITEM_CHARS) throw itemTooLongError(name, line);
    if (text.trim() === '') continue;
    yield { item: parseLine(name, text, line, isFirst), line };
    isFirst = false;
  }
}

function parseLine(name: string, text: string, line: number, isFirst: boolean): unknown {
  try {
    return parseItemJson(name, text, line);
  } catch (error) {
    if (!isFirst || !/^\s*\[/.test(text)) throw error;
    throw new BatchSourceError(name, 'begins like a JSON array: give json as the format (--format json)', line);
  }
}
