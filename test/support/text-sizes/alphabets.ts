import { jsonBytes } from '../../../contract';

/** Characters of 1, 3 and 4 bytes, and one that JSON writes as six. */
export const ALPHABETS = { ascii: 'a', cjk: '請', emoji: '😀', control: '\u0001' };
export const alphabets = Object.entries(ALPHABETS);

/** Returns a text of this size as part of a JSON string, with ASCII for the bytes that are left. */
export function textOf(character: string, bytes: number): string {
  const size = jsonBytes(character) - 2;
  return character.repeat(Math.floor(bytes / size)) + 'a'.repeat(bytes % size);
}

/** Returns a text of up to `maxBytes` bytes, in another size and alphabet for each number. */
export function variedText(n: number, maxBytes: number): string {
  const characters = Object.values(ALPHABETS);
  return textOf(characters[n % characters.length] ?? 'a', 1 + ((n * 37) % maxBytes));
}
