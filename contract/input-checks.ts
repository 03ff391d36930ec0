import { ApplicationFailure } from '@temporalio/common';
import { FailureTypes } from './run-contract';
import { parseDurationMs } from './durations';

/**
 * Checks of what a workflow is given, before anything is sent. Each throws an ApplicationFailure `Duvo.InvalidInput`,
 * whose first detail is `{field, problem}`; it never holds the value. Small on purpose: they are in every bundle.
 */

/** Longer timers than this are of no use, and far longer ones are refused by Temporal. */
const MAX_DURATION_MS = 10 * 365 * 86_400_000;

/** Checks a value that is there. */
export type Check = (value: unknown, field: string) => void;

export const nonEmptyString: Check = (value, field) => {
  if (typeof value !== 'string' || value.trim() === '') failInvalidInput(field, 'must be a string that is not empty');
};
export const duration: Check = (value, field) => {
  const ms = parseDurationMs(value);
  if (ms === undefined)
    failInvalidInput(field, `is not a duration: give milliseconds, or a string such as '36h' or '90s'`);
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
export const object =
  (fields: Record<string, Check>): Check =>
  (value, field) => {
    const path = field === '' ? '' : `${field}.`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return failInvalidInput(field || 'input', `must be an object with the fields ${Object.keys(fields).join(', ')}`);
    }
    for (const [name, entry] of Object.entries(value)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!check)
        failInvalidInput(`${path}${name}`, `is not a field that is known here: use ${Object.keys(fields).join(', ')}`);
      else if (entry !== undefined && entry !== null) check(entry, `${path}${name}`);
    }
  };

/** The failure of a field. */
export function failInvalidInput(field: string, problem: string): never {
  throw ApplicationFailure.nonRetryable(`${field} ${problem}`, FailureTypes.InvalidInput, { field, problem });
}
