import { isCancellation } from '@temporalio/workflow';
import type { WorkflowSnapshot } from '../../../activities';
import type { CancelOutcome } from '../../../contract/runs';
import { FailureTypes, rootFailure } from '../../../contract/failures';
import type { BatchTemplate, ItemRow } from '../../../contract/batch-contract';

/** What became of an item's workflow. */
export type ItemEnd = Pick<
  ItemRow,
  'status' | 'type' | 'runId' | 'caseId' | 'cancel' | 'alreadyStarted' | 'duplicateOf'
>;

/** The run or the case that an item is, if what it left tells it. */
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

/** Of one that was not started here. */
export function endFromWorkflow(template: BatchTemplate, look: WorkflowSnapshot): ItemEnd {
  const { status, type } = look;
  const id = readDuvoId(template, look);
  if (status === 'COMPLETED') return { status: 'completed', ...id };
  if (status === 'CANCELLED') return { status: 'canceled', ...id, cancel: cancelOutcomeOf(look) };
  return { status: 'failed', type: type ?? `Duvo.Item.${status}`, ...id };
}

/** What came of the cancel of an item: a run says it; of another workflow it is seen. */
export function cancelOutcomeOf({ status, cancel }: WorkflowSnapshot): CancelOutcome {
  if (cancel) return cancel;
  if (status === 'COMPLETED') return 'already-finished';
  return status === 'CANCELLED' ? 'confirmed' : 'unconfirmed';
}

/** What a workflow that is canceled, or is ended by force, tells no parent: which run it was, and what came of the cancel. */
export function isMissingDetails({ status, type, runId, caseId, cancel }: ItemRow): boolean {
  if (status === 'canceled') return cancel === undefined;
  return status === 'failed' && !runId && !caseId && (type === 'TerminatedFailure' || type === 'TimeoutFailure');
}

export function addMissingDetails(template: BatchTemplate, row: ItemRow, look: WorkflowSnapshot): ItemRow {
  return { ...row, ...readDuvoId(template, look), ...(row.status === 'canceled' && { cancel: cancelOutcomeOf(look) }) };
}

/** What no other try would change. */
export function isNonRetryable({ type }: ItemEnd): boolean {
  return type === FailureTypes.InvalidInput;
}
