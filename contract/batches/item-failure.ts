import { type ErrorLike, FailureTypes, RUN_ENDED_FAILURES } from '../failures';
import { cutText, cutTextToBytes, jsonBytes } from '../text/cut-text';
import type { ItemRow } from './batch-rows';

/** What an item starts: an agent run, a case, or a workflow of the user. */
export type ItemKind = 'run' | 'case' | 'workflow';

/** The part of a row that describes the failure of its item. */
export type ItemFailure = Pick<
  ItemRow,
  'type' | 'message' | 'field' | 'lastMessage' | 'outcome' | 'mayContinue' | 'runId' | 'caseId'
>;

/** Limits of the texts of a row. The rows of a page are one payload, and 500 rows with these texts fit its limit of 2 MB. */
const MAX_TEXT_CHARS = 300;
const MAX_MESSAGE_BYTES = 600;
const MAX_LAST_MESSAGE_BYTES = 900;
const MAX_OUTCOME_BYTES = 300;

/** Types of failures after which a run may exist although its id is not known. */
const RUN_MAY_EXIST_TYPES: readonly unknown[] = [FailureTypes.StartAmbiguous, FailureTypes.RunDeadlineExceeded];

/**
 * Failures of workflows that were terminated or timed out. Such a workflow has not stopped its run or case, and has not
 * recorded its end.
 */
const FORCE_CLOSED_NAMES: readonly unknown[] = ['TerminatedFailure', 'TimeoutFailure'];

/** Reads the failure of an item's workflow: the failure that names the reason, without its wrappers. */
export function readItemFailure(kind: ItemKind, { type, name, message, details }: ErrorLike): ItemFailure {
  const detail = toFields(details?.[0]);
  const { field, lastMessage, runId, caseId } = detail;
  const typeName = type ?? name;
  return {
    ...(typeName && { type: typeName }),
    ...(message && { message: cutTextToBytes(cutText(message, MAX_TEXT_CHARS, '…'), MAX_MESSAGE_BYTES, '…') }),
    ...(typeof field === 'string' && { field: cutText(field, MAX_TEXT_CHARS) }),
    ...(kind === 'run' && isText(lastMessage) && { lastMessage: cutLastMessage(lastMessage) }),
    ...(kind === 'run' && readOutcome(detail)),
    ...(kind === 'run' && isText(runId) && { runId }),
    ...(kind === 'case' && isText(caseId) && { caseId }),
    ...((mayContinue(kind, typeName, detail) || (kind === 'run' && mayHaveStarted(details?.[1]))) && {
      mayContinue: true,
    }),
  };
}

/** Reads Duvo's outcome of a run from the run's result or failure details. An outcome too long for a row is cut or left out. */
export function readOutcome(from: unknown): Pick<ItemRow, 'outcome'> {
  const { outcome } = toFields(from);
  if (outcome === undefined || outcome === null) return {};
  if (typeof outcome === 'string') return { outcome: cutTextToBytes(outcome, MAX_OUTCOME_BYTES, '…') };
  return jsonBytes(outcome) <= MAX_OUTCOME_BYTES ? { outcome } : {};
}

function cutLastMessage(text: string): string {
  return cutTextToBytes(cutText(text, MAX_TEXT_CHARS, '…'), MAX_LAST_MESSAGE_BYTES, '…');
}

function mayContinue(kind: ItemKind, type: string | undefined, detail: Record<string, unknown>): boolean {
  // A user's workflow is responsible for its own runs. Only a call that may have taken effect can leave work behind.
  if (kind === 'workflow') return detail.mayHaveHappened === true;
  if (FORCE_CLOSED_NAMES.includes(type)) return true;
  if (kind === 'case') return detail.mayContinue === true;
  if (RUN_ENDED_FAILURES.includes(type)) return false;
  if (detail.stopOutcome !== undefined) return detail.stopOutcome === 'unconfirmed';
  return isText(detail.runId) || RUN_MAY_EXIST_TYPES.includes(type);
}

/** Whether the call that failed a run before its id was known may have created one. A refused start is marked as not started. */
function mayHaveStarted(callDetail: unknown): boolean {
  const { operation, notStarted, formerMayBeOpen } = toFields(callDetail);
  return isText(operation) && (notStarted !== true || formerMayBeOpen === true);
}

function toFields(value: unknown): Record<string, unknown> {
  return (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
