import { jsonBytes } from '../text/cut-text';

const MAX_NAME_CHARS = 1_000;
export const MAX_COMMENT_CHARS = 10_000;
const MAX_GROUPS = 200;
const MAX_GROUP_BYTES = 200;
/** Duvo documents no limit. A workflow carries an answer through continue-as-new, in one payload of at most 2 MB. */
const MAX_ANSWERS_BYTES = 200_000;

/**
 * Returns what is wrong with the form of an answer, whatever its gate is, or `undefined`. The text never repeats the
 * answer's values.
 */
export function findAnswerFormatProblem(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null)
    return 'an answer must be an object {gateId, approved | answers, by}';
  const { gateId, approved, answers, by, groups, comment, via, requestHash } = answer as Record<string, unknown>;
  const textProblem =
    findTextProblem('gateId', gateId, 'the id of the gate') ??
    findTextProblem('by', by, 'the name of the person who answers');
  if (textProblem !== undefined) return textProblem;
  const characterProblem =
    findCharacterProblem('by', by) ??
    findCharacterProblem('comment', comment) ??
    [groups]
      .flat()
      .map((group) => findCharacterProblem('a name in groups', group))
      .find(Boolean);
  if (characterProblem !== undefined) return characterProblem;
  if ((by as string).length > MAX_NAME_CHARS) return `by is longer than ${MAX_NAME_CHARS} characters`;
  const groupsProblem = findGroupsProblem(groups);
  if (groupsProblem !== undefined) return groupsProblem;
  if (comment !== undefined && comment !== null && typeof comment !== 'string') return 'comment must be a string';
  if (typeof comment === 'string' && comment.length > MAX_COMMENT_CHARS)
    return `comment is longer than ${MAX_COMMENT_CHARS} characters`;
  if (via !== undefined && via !== null && !isChannelName(via))
    return 'via is not the name of a channel: give up to 50 lower-case letters, digits and hyphens, or leave it out';
  if (requestHash !== undefined && requestHash !== null && !isHash(requestHash))
    return 'requestHash is not a hash: give the requestHash of the gate, or leave it out';
  const hasApproved = approved !== undefined && approved !== null;
  const hasAnswers = answers !== undefined && answers !== null;
  if (hasApproved === hasAnswers) return 'give either approved (for an approval) or answers (for questions)';
  if (hasApproved && typeof approved !== 'boolean') return 'approved must be true or false';
  if (hasAnswers && (typeof answers !== 'object' || Array.isArray(answers)))
    return 'answers must be an object, by the text of the question';
  if (hasAnswers && jsonBytes(answers) > MAX_ANSWERS_BYTES)
    return `answers are longer than ${MAX_ANSWERS_BYTES} bytes as JSON`;
  return undefined;
}

export function findGroupsProblem(groups: unknown): string | undefined {
  if (groups === undefined || groups === null) return undefined;
  if (!Array.isArray(groups) || groups.some((group) => typeof group !== 'string' || group === ''))
    return 'groups must be a list of names';
  if (groups.length > MAX_GROUPS) return `groups has more than ${MAX_GROUPS} names`;
  const isLong = groups.some((group) => jsonBytes(group) - '""'.length > MAX_GROUP_BYTES);
  return isLong ? `a name in groups is longer than ${MAX_GROUP_BYTES} bytes` : undefined;
}

function isChannelName(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9-]{1,50}$/.test(value);
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

export function findTextProblem(name: string, value: unknown, what: string): string | undefined {
  if (value === undefined || value === null) return `${name} is missing: give ${what}`;
  if (typeof value !== 'string') return `${name} is not a string: give ${what}`;
  return value.trim() === '' ? `${name} is empty: give ${what}` : undefined;
}

/** A file of receipts cannot hold these characters: readers refuse the first, and UTF-8 has no form of the second. */
export function findCharacterProblem(name: string, value: unknown): string | undefined {
  return typeof value === 'string' && /[\0\ud800-\udfff]/u.test(value)
    ? `${name} has a NUL character or half of a surrogate pair: remove it`
    : undefined;
}
