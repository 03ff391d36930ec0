import { BatchSourceError } from '../errors/source-error';

/** A longer item is refused, so that one broken file does not fill the memory. */
export const MAX_ITEM_CHARS = 1_000_000;

/** An item and the line on which it begins. */
export interface LocatedItem {
  item: unknown;
  line: number;
}

/** Decodes UTF-8 piece by piece, without a byte order mark. @throws BatchSourceError when the bytes are not UTF-8 */
export async function* decodeUtf8(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch {
      throw new BatchSourceError(name, 'is not UTF-8: convert it to UTF-8');
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}

export function parseItemJson(name: string, text: string, line: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message would quote the item's text.
    throw new BatchSourceError(name, 'is not JSON', line);
  }
}

export function itemTooLongError(name: string, line: number): BatchSourceError {
  return new BatchSourceError(
    name,
    `an item that begins here has more than ${MAX_ITEM_CHARS} characters, or has no end`,
    line,
  );
}
