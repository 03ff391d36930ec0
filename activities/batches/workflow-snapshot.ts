import type { Client } from '@temporalio/client';
import {
  BATCH_CASE_WORKFLOW_TYPE,
  BATCH_ID_SEARCH_ATTRIBUTE,
  BATCH_ITEM_MEMO_KEY,
  CASE_ID_MEMO_KEY,
} from '../../contract/batches/batch-contract';
import { type ItemFailure, type ItemKind, readItemFailure } from '../../contract/batches/item-failure';
import { rootFailure } from '../../contract/failures';
import { AGENT_RUN_WORKFLOW_TYPE, MemoKeys, readSearchAttribute, SearchAttributes } from '../../contract/names';
import { describeWorkflow as describeExecution, readMemo } from '../../temporal/memo-reader';
import { readFailureOf } from '../../temporal/read-result';
import { readRunRemains } from '../../temporal/run-end';

const FAILED_STATUSES: readonly string[] = ['FAILED', 'TERMINATED', 'TIMED_OUT'];

const ITEM_KINDS: Record<string, ItemKind> = { [AGENT_RUN_WORKFLOW_TYPE]: 'run', [BATCH_CASE_WORKFLOW_TYPE]: 'case' };

/** Status of an item's workflow, and the batch that started it. */
export interface WorkflowSnapshot {
  /** Temporal's run id of this execution. */
  executionRunId?: string;
  /** Temporal's status: `RUNNING`, `COMPLETED`, …; `GONE` when Temporal has no such workflow. */
  status: string;
  /** Time of the end, ISO 8601. */
  endedAt?: string;
  /** Failure of a workflow that failed, was terminated, or timed out. */
  failure?: ItemFailure;
  /** Whether the workflow has ended and left nothing in Duvo that keeps other work from its place. */
  isReplaceable?: boolean;
  /** Duvo's id of the run, or of the case, that the item is. */
  runId?: string;
  caseId?: string;
  /** Outcome of the cancellation, as the workflow recorded it in its memo. */
  cancel?: 'confirmed' | 'already-finished' | 'unconfirmed';
  /** Duvo's status of a run that had ended before the cancellation. */
  runStatus?: string;
  /** Digest of the input that the workflow was started with, when its starter recorded it. */
  inputDigest?: string;
  /** Workflow id of the batch that started the workflow, and the item that it was started for. */
  batchId?: string;
  item?: { index: number; attempt: number };
}

export async function describeWorkflow(client: Client, workflowId: string): Promise<WorkflowSnapshot> {
  try {
    // A field of the memo that the worker cannot decode is as unknown as one that was not recorded.
    const found = await describeExecution(client, workflowId);
    const { status } = found;
    const kind = ITEM_KINDS[found.type] ?? 'workflow';
    const error = FAILED_STATUSES.includes(status.name) ? await readFailureOf(client, found) : undefined;
    const failure = error && readItemFailure(kind, rootFailure(error.cause ?? error));
    const cancel = readMemo<WorkflowSnapshot['cancel']>(found, MemoKeys.cancel);
    const snapshot: WorkflowSnapshot = {
      executionRunId: found.runId,
      status: status.name,
      endedAt: found.closeTime?.toISOString(),
      failure,
      isReplaceable:
        kind === 'run'
          ? (await readRunRemains(client, found, error)) === 'nothing'
          : status.name !== 'RUNNING' && !failure?.mayContinue && cancel !== 'unconfirmed',
      runId: readSearchAttribute(found, SearchAttributes.runId),
      caseId: readMemo(found, CASE_ID_MEMO_KEY),
      cancel,
      runStatus: readMemo(found, MemoKeys.cancelledRunStatus),
      inputDigest: readMemo(found, MemoKeys.inputDigest),
      batchId: readSearchAttribute(found, BATCH_ID_SEARCH_ATTRIBUTE),
      item: readMemo(found, BATCH_ITEM_MEMO_KEY),
    };
    return Object.fromEntries(Object.entries(snapshot).filter(([, value]) => value)) as unknown as WorkflowSnapshot;
  } catch (error) {
    if (!isWorkflowNotFound(error)) throw error;
    return { status: 'GONE' };
  }
}

export const isWorkflowNotFound = (error: unknown): boolean => (error as Error).name === 'WorkflowNotFoundError';
