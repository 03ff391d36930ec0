import { isCancellation } from '@temporalio/workflow';
import type { WorkflowSnapshot } from '../../../activities';
import type { CancelOutcome } from '../../../contract/runs';
import { FailureTypes, rootFailure } from '../../../contract/failures';
import type { BatchTemplate, ItemRow } from '../../../contract/batches/batch-contract';

/** How an item's workflow ended. */
export type ItemEnd = Pick<
  ItemRow,
  'status' | 'type' | 'runId' | 'caseId' | 'cancel' | 'alreadyStarted' | 'duplicateOf'
>;

/** Reads the id of the item's run or case from the workflow's result or failure details, if it is there. */
function readDuvoId(template: BatchTemplate, from: unknown): Pick<ItemEnd, 'runId' | 'caseId'> {
  const { runId, caseId } = (typeof from === 'object' && from !== null ? from : {}) as Record<string, unknown>;
  if ('run' in template && typeof runId === 'string') return { runId };
  if ('case' in template && typeof caseId === 'string') return { caseId };
  return {};
}

export function endFromResult(template: BatchTemplate, result: unknown): ItemEnd {
  return { status: 'completed', ...readDuvoId(template, result) };
}

export function endFromFailure(error: unknown, template?: BatchTemplate): ItemEnd {
  if (isCancellation(error)) return { status: 'canceled' };
  const { type, name, details } = rootFailure(error);
  const typeName = type ?? name;
  return { status: 'failed', ...(typeName && { type: typeName }), ...(template && readDuvoId(template, details?.[0])) };
}

/** Reads the end of a workflow that this page did not start. */
export function endFromWorkflow(template: BatchTemplate, look: WorkflowSnapshot): ItemEnd {
  const { status, type } = look;
  const id = readDuvoId(template, look);
  if (status === 'COMPLETED') return { status: 'completed', ...id };
  if (status === 'CANCELLED') return { status: 'canceled', ...id, cancel: cancelOutcomeOf(look) };
  return { status: 'failed', type: type ?? `Duvo.Item.${status}`, ...id };
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
  return { ...row, ...readDuvoId(template, look), ...(row.status === 'canceled' && { cancel: cancelOutcomeOf(look) }) };
}

/** Whether another attempt would fail the same way. */
export function isNonRetryable({ type }: ItemEnd): boolean {
  return type === FailureTypes.InvalidInput;
}
