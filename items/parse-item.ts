import { BatchSourceError } from './source-error';

/** More than this without an end is no item. In characters. */
export const MAX_ITEM_CHARS = 1_000_000;

/** An item with the line that it begins on. */
export interface LocatedItem {
  item: unknown;
  line: number;
}

/** The text of bytes, piece by piece, without a mark at its beginning. @throws BatchSourceError when it is not UTF-8 */
export async function* decodeUtf8(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch {
      throw new BatchSourceError(name, 'is not UTF-8: convert it');
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}

export function parseItemJson(name: string, text: string, line: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes the text.
    throw new BatchSourceError(name, 'is not JSON', line);
  }
}

export function itemTooLongError(name: string, line: number): BatchSourceError {
  return new BatchSourceError(
    name,
    `an item of more than ${MAX_ITEM_CHARS} characters begins here, or does not end`,
    line,
  );
}
