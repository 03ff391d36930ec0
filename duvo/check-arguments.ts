import { inputError } from './errors/input-error';
import type { HumanAnswer } from './model';
import { MAX_CASE_TITLE_CHARS, MAX_CASES_PER_REQUEST, MAX_LABELS_PER_CASE } from './model/limits';
import { isObject, type OperationInfo } from './model/operation';

/** Checks of arguments, for callers without types. All throw `DuvoInvalidInputError`, before anything is sent. */

/** Half a character: it has no UTF-8, and no place in a URL. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** An id that goes into a path or a body. `.` and `..` would be another path. */
export function checkId(about: OperationInfo, name: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '') throw inputError(about, name, 'must be a non-empty string');
  if (value === '.' || value === '..' || LONE_SURROGATE.test(value)) throw inputError(about, name, 'is not an id');
}

export function checkObject(about: OperationInfo, name: string, value: unknown): void {
  if (!isObject(value)) throw inputError(about, name, 'must be an object');
}

export function checkOptionalString(about: OperationInfo, name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw inputError(about, name, 'must be a string');
}

export function checkNonEmptyString(about: OperationInfo, name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw inputError(about, name, 'must be a non-empty string');
}

export function checkOptionalUrl(about: OperationInfo, name: string, value: string | undefined): void {
  if (value === undefined) return;
  const protocol = URL.canParse(value) ? new URL(value).protocol : '';
  if (protocol !== 'https:' && protocol !== 'http:') throw inputError(about, name, 'must be an http or https URL');
}

export function checkInteger(
  about: OperationInfo,
  name: string,
  value: number | undefined,
  range: { min: number; max?: number },
): void {
  const { min, max = Number.MAX_SAFE_INTEGER } = range;
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw inputError(about, name, `must be a whole number from ${min} to ${max}`);
}

/** Exactly one of `approved` (a boolean) and `answers` (texts by question text, at least one). */
export function checkHumanAnswer(about: OperationInfo, answer: HumanAnswer): void {
  const { approved, answers } = (answer ?? {}) as { approved?: unknown; answers?: unknown };
  if ((approved === undefined) === (answers === undefined)) {
    throw inputError(about, 'answer', 'must have either approved or answers');
  }
  if (answers === undefined) {
    if (typeof approved !== 'boolean') throw inputError(about, 'answer.approved', 'must be true or false');
    return;
  }
  const values = isObject(answers) ? Object.values(answers) : [];
  if (values.length === 0 || !values.every((value) => typeof value === 'string')) {
    throw inputError(about, 'answer.answers', 'must be an object of texts by question, with at least one');
  }
}

/** Characters as JSON Schema counts them: an emoji is one, not two. */
function characters(text: string): number {
  return text.length <= MAX_CASE_TITLE_CHARS ? text.length : [...text].length;
}

const PRIORITIES: readonly unknown[] = [undefined, 'none', 'medium', 'high'];

/** 1 to 100 cases, each as `NewCase` says. */
export function checkCases(about: OperationInfo, cases: unknown): void {
  if (!Array.isArray(cases) || cases.length === 0 || cases.length > MAX_CASES_PER_REQUEST) {
    throw inputError(
      about,
      'cases',
      `must be a list of 1 to ${MAX_CASES_PER_REQUEST} cases: send more in several calls`,
    );
  }
  for (const [index, one] of cases.entries()) checkCase(about, `cases[${index}]`, one);
}

function checkCase(about: OperationInfo, at: string, value: unknown): void {
  checkObject(about, at, value);
  const { title, data, labels, priority } = value as Record<string, unknown>;
  checkNonEmptyString(about, `${at}.title`, title);
  if (characters(title as string) > MAX_CASE_TITLE_CHARS) {
    throw inputError(about, `${at}.title`, `is longer than ${MAX_CASE_TITLE_CHARS} characters: put the rest into data`);
  }
  if (data !== undefined && typeof data !== 'string') {
    throw inputError(about, `${at}.data`, 'must be a string: pass an object as JSON.stringify gives it');
  }
  if (!PRIORITIES.includes(priority)) throw inputError(about, `${at}.priority`, 'must be none, medium or high');
  if (labels === undefined) return;
  if (!Array.isArray(labels) || labels.length > MAX_LABELS_PER_CASE) {
    throw inputError(about, `${at}.labels`, `must be a list of at most ${MAX_LABELS_PER_CASE} labels {key?, value}`);
  }
  for (const [index, label] of (labels as unknown[]).entries()) {
    checkObject(about, `${at}.labels[${index}]`, label);
    const { key, value: labelled } = label as Record<string, unknown>;
    checkOptionalString(about, `${at}.labels[${index}].key`, key);
    checkNonEmptyString(about, `${at}.labels[${index}].value`, labelled);
  }
}
