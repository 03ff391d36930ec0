import { createHash } from 'node:crypto';

/**
 * SHA-256 of an input of this package's workflows. Two inputs have the same digest when they are the same JSON, whatever the
 * order of their fields. A field that is `null` is absent, as in the checks of these inputs.
 */
export function inputDigest(input: object): string {
  return digest(sortKeys(input, isPresent));
}

/** SHA-256 of any JSON, such as the arguments of a user's workflow, where `null` and an absent field differ. */
export function jsonDigest(value: object): string {
  return digest(sortKeys(value, isDefined));
}

/** Whether two values are the same JSON. The order of fields does not count; `null` and an absent field differ. */
export function isSameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sortKeys(a, isDefined)) === JSON.stringify(sortKeys(b, isDefined));
}

function digest(sorted: unknown): string {
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

const isDefined = (value: unknown) => value !== undefined;
const isPresent = (value: unknown) => value !== undefined && value !== null;

function sortKeys(value: unknown, isKept: (field: unknown) => boolean): unknown {
  if (Array.isArray(value)) return value.map((entry) => sortKeys(entry, isKept));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => isKept(entry));
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => [name, sortKeys(entry, isKept)]),
  );
}
