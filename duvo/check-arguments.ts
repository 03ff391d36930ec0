import { inputError } from './errors/input-error';
import type { HumanAnswer } from './model';
import { MAX_CASE_TITLE_CHARS, MAX_CASES_PER_REQUEST, MAX_LABELS_PER_CASE } from './model/limits';
import { isObject, type OperationInfo } from './model/operation';

/** Checks of arguments, for callers without TypeScript. Each check throws a `DuvoInvalidInputError` before anything is sent. */

/** One half of a surrogate pair. It has no UTF-8 form, so it cannot be put into a URL. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Checks an id that is put into a path or a body. `.` and `..` are refused, because they would change the path. */
export function checkId(about: OperationInfo, name: string, value: unknown): void {
  requirePresent(about, name, value);
  if (typeof value !== 'string' || value.trim() === '') throw inputError(about, name, 'must be a non-empty string');
  if (value === '.' || value === '..' || LONE_SURROGATE.test(value))
    throw inputError(about, name, 'is not an id: it must not be . or .. and must be valid Unicode');
}

function requirePresent(about: OperationInfo, name: string, value: unknown): void {
  if (value === undefined || value === null) throw inputError(about, name, 'is missing');
}

export function checkObject(about: OperationInfo, name: string, value: unknown): void {
  requirePresent(about, name, value);
  if (!isObject(value)) throw inputError(about, name, 'must be an object');
}

export function checkOptionalString(about: OperationInfo, name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw inputError(about, name, 'must be a string');
}

export function checkNonEmptyString(about: OperationInfo, name: string, value: unknown): void {
  requirePresent(about, name, value);
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

/** Checks that an answer has exactly one of `approved` (a boolean) and `answers` (at least one text, by question text). */
export function checkHumanAnswer(about: OperationInfo, answer: HumanAnswer): void {
  const { approved, answers } = (answer ?? {}) as { approved?: unknown; answers?: unknown };
  if ((approved === undefined) === (answers === undefined)) {
    throw inputError(about, 'answer', 'must have exactly one of approved and answers');
  }
  if (answers === undefined) {
    if (typeof approved !== 'boolean') throw inputError(about, 'answer.approved', 'must be true or false');
    return;
  }
  const values = isObject(answers) ? Object.values(answers) : [];
  if (values.length === 0 || !values.every((value) => typeof value === 'string')) {
    throw inputError(about, 'answer.answers', 'must be an object with at least one text, by question');
  }
}

/** Counts characters as JSON Schema does: an emoji counts as one, although JavaScript counts two. */
function countCharacters(text: string): number {
  return text.length <= MAX_CASE_TITLE_CHARS ? text.length : [...text].length;
}

const PRIORITIES: readonly unknown[] = [undefined, 'none', 'medium', 'high'];

/** Checks a list of 1 to 100 cases, each of the type `NewCase`. */
export function checkCases(about: OperationInfo, cases: unknown): void {
  if (!Array.isArray(cases) || cases.length === 0 || cases.length > MAX_CASES_PER_REQUEST) {
    throw inputError(
      about,
      'cases',
      `must be a list of 1 to ${MAX_CASES_PER_REQUEST} cases: split more cases over several calls`,
    );
  }
  for (const [index, newCase] of cases.entries()) checkCase(about, `cases[${index}]`, newCase);
}

function checkCase(about: OperationInfo, path: string, value: unknown): void {
  checkObject(about, path, value);
  const { title, data, labels, priority } = value as Record<string, unknown>;
  checkNonEmptyString(about, `${path}.title`, title);
  if (countCharacters(title as string) > MAX_CASE_TITLE_CHARS) {
    throw inputError(
      about,
      `${path}.title`,
      `is longer than ${MAX_CASE_TITLE_CHARS} characters: put the rest into data`,
    );
  }
  if (data !== undefined && typeof data !== 'string') {
    throw inputError(about, `${path}.data`, 'must be a string: convert an object with JSON.stringify');
  }
  if (!PRIORITIES.includes(priority)) throw inputError(about, `${path}.priority`, 'must be none, medium or high');
  if (labels === undefined) return;
  if (!Array.isArray(labels) || labels.length > MAX_LABELS_PER_CASE) {
    throw inputError(about, `${path}.labels`, `must be a list of at most ${MAX_LABELS_PER_CASE} labels {key?, value}`);
  }
  for (const [index, label] of (labels as unknown[]).entries()) {
    checkObject(about, `${path}.labels[${index}]`, label);
    const { key, value: labelValue } = label as Record<string, unknown>;
    checkOptionalString(about, `${path}.labels[${index}].key`, key);
    checkNonEmptyString(about, `${path}.labels[${index}].value`, labelValue);
  }
}
