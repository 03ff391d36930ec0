import { isDeepStrictEqual } from 'node:util';
import type { BatchInput } from '../../contract/batches/batch-contract';

/**
 * Returns the paths of the fields that differ between the inputs of two batches, such as `template.run.message`. The values
 * stay out, because they may be texts of people.
 */
export function findDifferences(one: BatchInput, other: BatchInput): string[] {
  return comparePart(one, other, '');
}

function comparePart(one: unknown, other: unknown, path: string): string[] {
  if (isDeepStrictEqual(one, other)) return [];
  if (!isObject(one) || !isObject(other)) return [path];
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.flatMap((name) => comparePart(one[name], other[name], path === '' ? name : `${path}.${name}`));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
