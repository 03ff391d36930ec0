import { ApplicationFailure, isCancellation, TemporalFailure } from '@temporalio/workflow';
import type { WorkflowLook } from '../../activities';
import { type CancelVerdict, FailureTypes } from '../../contract/run-contract';
import type { BatchTemplate, ItemRow } from '../../contract/batch-contract';

/** What became of an item's workflow. */
export type End = Pick<ItemRow, 'status' | 'type' | 'runId' | 'caseId' | 'cancel' | 'found' | 'duplicateOf'>;

/** The run or the case that an item is, if what it left tells it. */
function idOf(template: BatchTemplate, from: unknown): Pick<End, 'runId' | 'caseId'> {
  const { runId, caseId } = (typeof from === 'object' && from !== null ? from : {}) as Record<string, unknown>;
  if ('run' in template && typeof runId === 'string') return { runId };
  if ('case' in template && typeof caseId === 'string') return { caseId };
  return {};
}

export function endOfResult(template: BatchTemplate, result: unknown): End {
  return { status: 'completed', ...idOf(template, result) };
}

export function endOfFailure(error: unknown, template?: BatchTemplate): End {
  if (isCancellation(error)) return { status: 'canceled' };
  let at: unknown = error;
  while (at instanceof TemporalFailure && !(at instanceof ApplicationFailure) && at.cause) at = at.cause;
  const { type, name, details } = at as { type?: string | null; name?: string; details?: unknown[] | null };
  const known = type ?? name;
  return { status: 'failed', ...(known && { type: known }), ...(template && idOf(template, details?.[0])) };
}

/** Of one that was not started here. */
export function endOfLook(template: BatchTemplate, look: WorkflowLook): End {
  const { status, type } = look;
  const id = idOf(template, look);
  if (status === 'COMPLETED') return { status: 'completed', ...id };
  if (status === 'CANCELLED') return { status: 'canceled', ...id, cancel: verdictOf(look) };
  return { status: 'failed', type: type ?? `Duvo.Item.${status}`, ...id };
}

/** What came of the cancel of an item: a run says it; of another workflow it is seen. */
export function verdictOf({ status, cancel }: WorkflowLook): CancelVerdict {
  if (cancel) return cancel;
  if (status === 'COMPLETED') return 'already-finished';
  return status === 'CANCELLED' ? 'confirmed' : 'unconfirmed';
}

/** What a workflow that is canceled, or is ended by force, tells no parent: which run it was, and what came of the cancel. */
export function lacksFacts({ status, type, runId, caseId, cancel }: ItemRow): boolean {
  if (status === 'canceled') return cancel === undefined;
  return status === 'failed' && !runId && !caseId && (type === 'TerminatedFailure' || type === 'TimeoutFailure');
}

export function withFacts(template: BatchTemplate, row: ItemRow, look: WorkflowLook): ItemRow {
  return { ...row, ...idOf(template, look), ...(row.status === 'canceled' && { cancel: verdictOf(look) }) };
}

/** What no other try would change. */
export function isFinal({ type }: End): boolean {
  return type === FailureTypes.InvalidInput;
}
