import { isSafeNumber, parse } from 'lossless-json';
import { BatchSourceError } from '../errors/source-error';

/** A longer item is refused, so that one broken file does not fill the memory. */
export const MAX_ITEM_CHARS = 1_000_000;

/** An item and the line on which it begins. */
export interface LocatedItem {
  item: unknown;
  line: number;
}

/**
 * Parses an item. A number that JavaScript would round, such as an id above 2^53 or `1e400`, becomes a text with the same
 * digits: rounded, two ids could become one.
 *
 * @throws BatchSourceError also when an object has two values for one field
 */
export function parseItemJson(name: string, text: string, line: number): unknown {
  try {
    return parse(text, undefined, { parseNumber: (digits) => (isSafeNumber(digits) ? Number(digits) : digits) });
  } catch (error) {
    // The parser's message would quote the item's text.
    const isDuplicate = error instanceof SyntaxError && error.message.startsWith('Duplicate key');
    throw new BatchSourceError(name, isDuplicate ? 'has two different values for one field' : 'is not JSON', line);
  }
}

export function itemTooLongError(name: string, line: number): BatchSourceError {
  return new BatchSourceError(
    name,
    `an item that begins here has more than ${MAX_ITEM_CHARS} characters, or has no end`,
    line,
  );
}
