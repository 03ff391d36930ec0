import type { z } from 'zod';
import { ContractViolation } from '../model/operation';

/** A schema with the requirements for a part of a body. */
export type Schema<T> = z.ZodType<T>;

/** Checks a part of a body. @throws ContractViolation with the path of the wrong part, starting with `basePath` (`''` for the whole body) */
export function parseWithSchema<T>(schema: Schema<T>, value: unknown, basePath: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const field = path.reduce<string>(
    (whole, part) => whole + (typeof part === 'number' ? `[${part}]` : `${whole === '' ? '' : '.'}${String(part)}`),
    basePath,
  );
  throw new ContractViolation(field || 'body', issue ? problemOf(issue, valueAt(value, path)) : 'is not valid');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

function problemOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === '') return 'is empty';
  return issue.code === 'invalid_type'
    ? `is not of the type ${issue.expected}`
    : 'is not a value that the API promises';
}

/**
 * Checks that a body has the resource of the requested id, since a proxy or a cache may send the response to another
 * request. The case of the letters does not count: a UUID may be given in upper case.
 *
 * @throws ContractViolation
 */
export function checkRequestedId(found: string, requested: string, field: string): void {
  if (found.toLowerCase() !== requested.toLowerCase())
    throw new ContractViolation(field, 'is not the id that was requested');
}

/** Returns a text, or `undefined` for an absent field, `null` and any other type, which are all accepted. */
export function toOptionalString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function toOptionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
