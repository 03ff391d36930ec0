import { ApplicationFailure } from '@temporalio/common';
import { parseDurationMs } from './durations';
import { FailureTypes } from './failures';
import { jsonBytes } from './text/cut-text';

/**
 * Checks of a workflow's input. Each check throws an ApplicationFailure `Duvo.InvalidInput` whose first detail is
 * `{field, problem}`; the failure never contains the value. The checks are small because every workflow bundle has them.
 */

/** No timer needs to be longer than this, and Temporal refuses far longer ones. */
const MAX_DURATION_MS = 10 * 365 * 86_400_000;

/** Checks a value that is neither `undefined` nor `null`. */
export type Check = (value: unknown, field: string) => void;

export const anyValue: Check = () => undefined;

export const nonEmptyString: Check = (value, field) => {
  if (typeof value !== 'string' || value.trim() === '') failInvalidInput(field, 'must be a string that is not empty');
};

export const anyString: Check = (value, field) => {
  if (typeof value !== 'string') failInvalidInput(field, 'must be a string');
};

/** Checks a value also by its size in UTF-8: a text as part of a JSON string, any other value as JSON. */
export const upToBytes =
  (check: Check, maxBytes: number): Check =>
  (value, field) => {
    check(value, field);
    const bytes = jsonBytes(value) - (typeof value === 'string' ? '""'.length : 0);
    if (bytes > maxBytes) failInvalidInput(field, `has ${bytes} bytes; the limit is ${maxBytes}: give less`);
  };

export const booleanFlag: Check = (value, field) => {
  if (typeof value !== 'boolean') failInvalidInput(field, 'must be true or false');
};

export const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER): Check =>
  (value, field) => {
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    failInvalidInput(field, `must be a whole number ${range}`);
  };

export const numberBetween =
  (min: number, max: number): Check =>
  (value, field) => {
    if (!(typeof value === 'number' && value >= min && value <= max))
      failInvalidInput(field, `must be a number from ${min} to ${max}`);
  };

export const duration: Check = (value, field) => {
  const ms = parseDurationMs(value);
  if (typeof value === 'string' && /^\d{1,9}$/.test(value))
    failInvalidInput(field, `has no unit: give ${value}h, ${value}m or ${value}s`);
  if (ms === undefined)
    failInvalidInput(
      field,
      "is not a duration: give milliseconds, or a number with a unit (ms, s, m, h, d or w) such as '36h' or '90s'",
    );
  else if (ms > MAX_DURATION_MS) failInvalidInput(field, 'is longer than ten years: give a shorter duration');
};

export const positiveDuration: Check = (value, field) => {
  duration(value, field);
  if (parseDurationMs(value) === 0) failInvalidInput(field, 'is zero: give a longer duration');
};

export const oneOf =
  (...allowed: string[]): Check =>
  (value, field) => {
    if (!allowed.includes(value as string)) failInvalidInput(field, `must be one of ${allowed.join(', ')}`);
  };

export const listOf =
  (check: Check, what?: string): Check =>
  (value, field) => {
    if (!Array.isArray(value)) return failInvalidInput(field, what ? `must be a list of ${what}` : 'must be a list');
    value.forEach((entry: unknown, index) => check(entry, `${field}[${index}]`));
  };

export const anyObject: Check = (value, field) => {
  if (typeof value !== 'object' || Array.isArray(value)) failInvalidInput(field, 'must be an object');
};

/** Checks an object by the fields that it may have. A field that is `undefined` or `null` counts as absent. */
export const object =
  (fields: Record<string, Check>): Check =>
  (value, field) => {
    const names = Object.keys(fields).join(', ');
    const path = field === '' ? '' : `${field}.`;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return failInvalidInput(field || 'input', `must be an object with the fields ${names}`);
    for (const [name, entry] of Object.entries(value)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!check)
        failInvalidInput(`${path}${name}`, `is not a field that is known here: use ${names}`, Object.keys(fields));
      else if (entry !== undefined && entry !== null) check(entry, `${path}${name}`);
    }
  };

/**
 * Requires the fields that `fixes` names, in an object that {@link object} has checked. The value of `fixes` completes the
 * error message: it tells the user what to give. An empty text counts as present here; the field's own check refuses it.
 */
export function requireFields(value: object, path: string, fixes: Record<string, string>): void {
  for (const [name, fix] of Object.entries(fixes)) {
    const field = (value as Record<string, unknown>)[name];
    if (field === undefined || field === null) failInvalidInput(`${path}${name}`, `is missing: ${fix}`);
  }
}

/** Runs a check, and puts the path before the name of the field that the check refuses. */
export function prefixFieldPath(path: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    const [detail] = (error as { details?: { field: string; problem: string; known?: string[] }[] }).details ?? [];
    if (!detail) throw error;
    failInvalidInput(`${path}${detail.field}`, detail.problem, detail.known);
  }
}

/** @param known the fields that are allowed in place of an unknown one */
export function failInvalidInput(field: string, problem: string, known?: string[]): never {
  const detail = { field, problem, ...(known && { known }) };
  throw ApplicationFailure.nonRetryable(`${field} ${problem}`, FailureTypes.InvalidInput, detail);
}
