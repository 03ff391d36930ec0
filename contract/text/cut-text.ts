/** Cuts that keep well-formed Unicode. Many JSON readers refuse a text that ends with half of a surrogate pair. */

const encoder = new TextEncoder();

/** The most bytes that a code unit has in JSON: an escape such as `\u0000`. */
const MAX_UNIT_BYTES = 6;

/** Returns the size of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** Returns the size of a value as JSON in UTF-8, as a Temporal payload holds it. */
export function jsonBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(value) ?? '');
}

/**
 * Cuts a text to a number of characters (UTF-16 code units, as `length` counts them). A surrogate pair stays whole.
 *
 * @param mark follows a text that was cut, in addition to the limit. @default ''
 */
export function cutText(text: string, maxChars: number, mark = ''): string {
  if (text.length <= maxChars) return text;
  const end = isPairAt(text, maxChars - 1) ? maxChars - 1 : maxChars;
  return text.slice(0, end) + mark;
}

/**
 * Cuts a text to a number of bytes in UTF-8 as part of a JSON string, where a line break and a quotation mark have two
 * bytes. A surrogate pair stays whole.
 *
 * @param mark follows a text that was cut, in addition to the limit. @default ''
 */
export function cutTextToBytes(text: string, maxBytes: number, mark = ''): string {
  if (text.length * MAX_UNIT_BYTES <= maxBytes) return text;
  let bytes = 0;
  for (let index = 0; index < text.length;) {
    const units = isPairAt(text, index) ? 2 : 1;
    bytes += units === 2 ? 4 : jsonUnitBytes(text.charCodeAt(index));
    if (bytes > maxBytes) return text.slice(0, index) + mark;
    index += units;
  }
  return text;
}

/** Returns as many of the first items as fit into a number of bytes as a JSON list. */
export function takeWithinBytes<T>(items: readonly T[], maxBytes: number): T[] {
  let bytes = '[]'.length;
  const endIndex = items.findIndex((item) => (bytes += jsonBytes(item) + ','.length) > maxBytes);
  return items.slice(0, endIndex < 0 ? items.length : endIndex);
}

function isPairAt(text: string, index: number): boolean {
  const [high, low] = [text.charCodeAt(index), text.charCodeAt(index + 1)];
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}

function jsonUnitBytes(unit: number): number {
  if (unit < 0x20 || unit === 0x22 || unit === 0x5c) return jsonBytes(String.fromCharCode(unit)) - '""'.length;
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  const isLoneSurrogate = unit >= 0xd800 && unit <= 0xdfff;
  return isLoneSurrogate ? MAX_UNIT_BYTES : 3;
}
