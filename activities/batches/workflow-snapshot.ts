import type { Client } from '@temporalio/client';
import {
  BATCH_ID_SEARCH_ATTRIBUTE,
  BATCH_ITEM_MEMO_KEY,
  CASE_ID_MEMO_KEY,
} from '../../contract/batches/batch-contract';
import { MemoKeys, SearchAttributes } from '../../contract/names';

/** Status of an item's workflow, and the batch that started it. */
export interface WorkflowSnapshot {
  /** Temporal's status: `RUNNING`, `COMPLETED`, …; `GONE` when Temporal has no such workflow. */
  status: string;
  /** Time of the end, ISO 8601. */
  endedAt?: string;
  /** Failure type of a workflow that failed. */
  type?: string;
  /** Duvo's id of the run, or of the case, that the item is. */
  runId?: string;
  caseId?: string;
  /** Outcome of the cancellation, as the workflow recorded it in its memo. */
  cancel?: 'confirmed' | 'already-finished' | 'unconfirmed';
  /** Workflow id of the batch that started the workflow, and the item that it was started for. */
  batchId?: string;
  item?: { index: number; attempt: number };
}

export async function describeWorkflow(client: Client, workflowId: string): Promise<WorkflowSnapshot> {
  try {
    const { status, runId: executionRunId, memo, ...found } = await client.workflow.getHandle(workflowId).describe();
    const attributes = found.searchAttributes as Record<string, string[] | undefined>;
    const snapshot: WorkflowSnapshot = {
      status: status.name,
      endedAt: found.closeTime?.toISOString(),
      type: status.name === 'FAILED' ? await failureTypeOf(client, workflowId, executionRunId) : undefined,
      runId: attributes[SearchAttributes.runId]?.[0],
      caseId: memo?.[CASE_ID_MEMO_KEY] as string | undefined,
      cancel: memo?.[MemoKeys.cancel] as WorkflowSnapshot['cancel'],
      batchId: attributes[BATCH_ID_SEARCH_ATTRIBUTE]?.[0],
      item: memo?.[BATCH_ITEM_MEMO_KEY] as WorkflowSnapshot['item'],
    };
    return Object.fromEntries(Object.entries(snapshot).filter(([, value]) => value)) as unknown as WorkflowSnapshot;
  } catch (error) {
    if (!isWorkflowNotFound(error)) throw error;
    return { status: 'GONE' };
  }
}

export const isWorkflowNotFound = (error: unknown): boolean => (error as Error).name === 'WorkflowNotFoundError';

async function failureTypeOf(client: Client, workflowId: string, execution: string): Promise<string | undefined> {
  try {
    // Reads the result of this execution: a newer one with the same workflow id may exist by now.
    await client.workflow.getHandle(workflowId, execution).result();
    return undefined;
  } catch (error) {
    if (isWorkflowNotFound(error)) throw error;
    const { cause } = error as { cause?: { type?: string; name?: string } };
    return cause?.type ?? cause?.name;
  }
}
