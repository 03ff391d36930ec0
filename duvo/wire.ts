import type { z } from 'zod';
import { ContractViolation, type JsonObject } from './operation';

/** Checks what is required of a part of a body. @throws ContractViolation with the path, starting with `at` */
export function required<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path ?? [];
  throw new ContractViolation(
    path.reduce<string>((whole, part) => whole + (typeof part === 'number' ? `[${part}]` : `.${String(part)}`), at),
  );
}

/** An optional text: what is absent, null or no text at all is no error. */
export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
