import { createHash } from 'node:crypto';

/** SHA-256 of an input. Two inputs have the same digest when they are the same JSON, whatever the order of their fields. */
export function inputDigest(input: object): string {
  return createHash('sha256')
    .update(JSON.stringify(sortKeys(input)))
    .digest('hex');
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined && entry !== null);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => [name, sortKeys(entry)]),
  );
}

/** Whether two values are the same JSON. The order of fields does not count, and `null` equals an absent field. */
export function isSameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sortKeys(a ?? null)) === JSON.stringify(sortKeys(b ?? null));
}
