import { type Check, failInvalidInput, integer, oneOf } from '../input-checks';
import { jsonBytes } from '../text/cut-text';
import { findCharacterProblem, findGroupsProblem, findTextProblem, MAX_COMMENT_CHARS } from './answer-format';
import { dueTime } from './times/due-times';
import { gatePolicyFields, MAX_PERSON_BYTES, MAX_QUORUM } from './gate-policy';

/** The kinds of changes, by the names of their updates. */
export type ChangeKind = 'reassignGate' | 'extendGate' | 'withdrawGate';

/**
 * Returns what is wrong with the form of a change, whatever its gate is, or `undefined`. The text never repeats the change's
 * values.
 */
export function findChangeFormatProblem(kind: ChangeKind, change: unknown): string | undefined {
  if (typeof change !== 'object' || change === null) return 'a change must be an object {gateId, by, reason}';
  const { gateId, by, groups, reason, approvers, mode, quorum, due } = change as Record<string, unknown>;
  const problem =
    findTextProblem('gateId', gateId, 'the id of the gate') ??
    findTextProblem('by', by, 'the name of the person who changes the gate') ??
    findTextProblem('reason', reason, 'why the gate is changed') ??
    findCharacterProblem('by', by) ??
    findCharacterProblem('reason', reason) ??
    [groups]
      .flat()
      .map((group) => findCharacterProblem('a name in groups', group))
      .find(Boolean) ??
    findGroupsProblem(groups);
  if (problem !== undefined) return problem;
  if (jsonBytes(by) - '""'.length > MAX_PERSON_BYTES) return `by is longer than ${MAX_PERSON_BYTES} bytes`;
  if ((reason as string).length > MAX_COMMENT_CHARS) return `reason is longer than ${MAX_COMMENT_CHARS} characters`;
  if (kind === 'extendGate') return findRefusal(dueTime, due, 'due', 'give the new due time');
  if (kind === 'withdrawGate') return undefined;
  return (
    findRefusal(gatePolicyFields.approvers, approvers, 'approvers', 'name people and groups') ??
    findRefusal(oneOf('add', 'replace'), mode ?? 'replace', 'mode') ??
    findRefusal(integer(1, MAX_QUORUM), quorum ?? 1, 'quorum')
  );
}

/** Returns why a check refuses a value, as one text. */
function findRefusal(check: Check | undefined, value: unknown, field: string, fix = ''): string | undefined {
  try {
    if (value === undefined || value === null) failInvalidInput(field, `is missing: ${fix}`);
    check?.(value, field);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
