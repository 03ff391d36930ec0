import type { HumanAnswer } from './model';
import type { Operation } from './operation';
import { inputError } from './request';
import { isObject } from './wire';

/** Checks of arguments, for callers without types. All throw `DuvoInputError`, before anything is sent. */

/** Half a character: it has no UTF-8, and no place in a URL. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** An id that goes into a path or a body. `.` and `..` would be another path. */
export function checkId(operation: Operation<unknown>, name: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '') throw inputError(operation, name, 'must be a non-empty string');
  if (value === '.' || value === '..' || LONE_SURROGATE.test(value)) throw inputError(operation, name, 'is not an id');
}

export function checkObject(operation: Operation<unknown>, name: string, value: unknown): void {
  if (!isObject(value)) throw inputError(operation, name, 'must be an object');
}

export function checkOptionalText(operation: Operation<unknown>, name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw inputError(operation, name, 'must be a string');
}

export function checkText(operation: Operation<unknown>, name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw inputError(operation, name, 'must be a non-empty string');
}

export function checkUrl(operation: Operation<unknown>, name: string, value: string | undefined): void {
  if (value === undefined) return;
  const protocol = URL.canParse(value) ? new URL(value).protocol : '';
  if (protocol !== 'https:' && protocol !== 'http:') throw inputError(operation, name, 'must be an http or https URL');
}

export function checkWhole(
  operation: Operation<unknown>,
  name: string,
  value: number | undefined,
  range: { min: number; max?: number },
): void {
  const { min, max = Number.MAX_SAFE_INTEGER } = range;
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw inputError(operation, name, `must be a whole number from ${min} to ${max}`);
}

/** Exactly one of `approved` (a boolean) and `answers` (texts by question text, at least one). */
export function checkAnswer(operation: Operation<unknown>, answer: HumanAnswer): void {
  const { approved, answers } = (answer ?? {}) as { approved?: unknown; answers?: unknown };
  if ((approved === undefined) === (answers === undefined)) {
    throw inputError(operation, 'answer', 'must have either approved or answers');
  }
  if (answers === undefined) {
    if (typeof approved !== 'boolean') throw inputError(operation, 'answer.approved', 'must be true or false');
    return;
  }
  const values = isObject(answers) ? Object.values(answers) : [];
  if (values.length === 0 || !values.every((value) => typeof value === 'string')) {
    throw inputError(operation, 'answer.answers', 'must be an object of texts by question, with at least one');
  }
}
