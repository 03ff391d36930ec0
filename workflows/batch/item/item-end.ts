import { isCancellation } from '@temporalio/workflow';
import type { WorkflowSnapshot } from '../../../activities';
import type { CancelOutcome } from '../../../contract/runs';
import { FailureTypes, rootFailure } from '../../../contract/failures';
import type { BatchTemplate, ItemRow } from '../../../contract/batches/batch-contract';
import { type ItemFailure, type ItemKind, readItemFailure, readOutcome } from '../../../contract/batches/item-failure';

/** How an item's workflow ended. */
export type ItemEnd = Pick<ItemRow, 'status' | 'cancel' | 'alreadyStarted' | 'duplicateOf'> & ItemFailure;

/** Failures that each further attempt would repeat. */
const FINAL_TYPES: readonly unknown[] = [FailureTypes.InvalidInput, FailureTypes.KeyConflict, 'Duvo.NotInDialect'];

export function endFromResult(template: BatchTemplate, result: unknown): ItemEnd {
  return { status: 'completed', ...readDuvoId(template, result), ...('run' in template && readOutcome(result)) };
}

export function endFromFailure(error: unknown, template: BatchTemplate): ItemEnd {
  if (isCancellation(error)) return { status: 'canceled' };
  return { status: 'failed', ...readItemFailure(itemKind(template), rootFailure(error)) };
}

/** Reads the end of a workflow that this page did not start. */
export function endFromWorkflow(template: BatchTemplate, look: WorkflowSnapshot): ItemEnd {
  const { status, failure } = look;
  const id = readDuvoId(template, look);
  if (hasCompleted(look)) return { status: 'completed', ...id };
  if (status === 'CANCELLED') return { status: 'canceled', ...id, cancel: cancelOutcomeOf(look) };
  // Temporal has deleted the workflow, so nothing shows whether the item was done.
  if (status === 'GONE') return { status: 'unknown' };
  return { status: 'failed', ...failure, ...id };
}

/**
 * The end of an item whose key belongs to other work. To take that work's result would report the item as done.
 *
 * @param owner what has the key
 */
export function keyConflict(owner: string): ItemEnd {
  const message = `its key belongs to ${owner}, which has another input: give each piece of work a key of its own`;
  return { status: 'failed', type: FailureTypes.KeyConflict, message };
}

/** Reads the id of the item's run or case from the workflow's result or description, if it is there. */
function readDuvoId(template: BatchTemplate, from: unknown): Pick<ItemEnd, 'runId' | 'caseId'> {
  const { runId, caseId } = (typeof from === 'object' && from !== null ? from : {}) as Record<string, unknown>;
  if ('run' in template && typeof runId === 'string') return { runId };
  if ('case' in template && typeof caseId === 'string') return { caseId };
  return {};
}

function itemKind(template: BatchTemplate): ItemKind {
  if ('run' in template) return 'run';
  return 'case' in template ? 'case' : 'workflow';
}

/** Whether the item was done: a run that completed in Duvo while its workflow was cancelled was done, too. */
export function hasCompleted({ status, cancel, runStatus }: WorkflowSnapshot): boolean {
  const hadFinished = cancel === 'already-finished' && runStatus === 'completed';
  return status === 'COMPLETED' || (status === 'CANCELLED' && hadFinished);
}

/** Outcome of the cancellation. An agent run records it in its memo; for other workflows it follows from the status. */
export function cancelOutcomeOf({ status, cancel }: WorkflowSnapshot): CancelOutcome {
  if (cancel) return cancel;
  if (status === 'COMPLETED') return 'already-finished';
  return status === 'CANCELLED' ? 'confirmed' : 'unconfirmed';
}

/** Whether the row lacks the run's id or the cancel outcome, which a cancelled or terminated child does not return. */
export function isMissingDetails({ status, type, runId, caseId, cancel }: ItemRow): boolean {
  if (status === 'canceled') return cancel === undefined;
  return status === 'failed' && !runId && !caseId && (type === 'TerminatedFailure' || type === 'TimeoutFailure');
}

export function addMissingDetails(template: BatchTemplate, row: ItemRow, look: WorkflowSnapshot): ItemRow {
  const id = readDuvoId(template, look);
  if (row.status !== 'canceled') return { ...row, ...id };
  return hasCompleted(look) ? { ...row, ...id, status: 'completed' } : { ...row, ...id, cancel: cancelOutcomeOf(look) };
}

/** Whether another attempt would fail the same way, or could do for a second time what may still be going on. */
export function isNonRetryable({ type, mayContinue }: ItemEnd): boolean {
  return mayContinue === true || FINAL_TYPES.includes(type);
}
