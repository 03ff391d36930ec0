import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { BATCH_RESULT_MEMO_KEY, BATCH_WORKFLOW_TYPE, type BatchResult } from '../../contract/batches/batch-contract';
import { isWorkflowNotFound } from '../errors';
import { mapInOrder } from '../temporal/map-in-order';
import { readMemo } from '../temporal/memo-reader';
import {
  countItemsWaitingForPeople,
  equals,
  type ListOptions,
  listWorkflows,
  toWorkflowSummary,
  type WorkflowSummary,
} from '../temporal/visibility';

export type ListBatchesOptions = ListOptions;

/** A batch as Temporal shows it, without a request to a worker. */
export interface BatchSummary extends WorkflowSummary, Partial<Omit<BatchResult, 'cancel'>> {
  /** The number of items that wait for a person; absent when the batch has ended. */
  waitingForPeople?: number;
}

/**
 * Lists batches, the newest first. The counts of items are those of the final result, so a batch that runs has none: its
 * counts are with its workers (`DuvoBatch.progress()`).
 *
 * @throws InvalidInputError
 */
export function listBatches(client: Client, options: ListBatchesOptions = {}): AsyncGenerator<BatchSummary> {
  const batches = listWorkflows(client, options, [equals('WorkflowType', BATCH_WORKFLOW_TYPE)]);
  return mapInOrder(batches, (info) => toBatchSummary(client, info));
}

async function toBatchSummary(client: Client, info: WorkflowExecutionInfo): Promise<BatchSummary> {
  const summary = toWorkflowSummary(info);
  if (summary.status === 'RUNNING')
    return {
      ...summary,
      waitingForPeople: await countItemsWaitingForPeople(client, info.workflowId).catch(() => undefined),
    };
  const result = await readFinalResult(client, info);
  if (!result) return summary;
  const { cancel: _cancel, ...counts } = result;
  return { ...summary, ...counts };
}

/** Reads the result of a batch that has ended: a batch that was cancelled, or failed, has it in its memo. */
async function readFinalResult(client: Client, info: WorkflowExecutionInfo): Promise<BatchResult | undefined> {
  if (info.status.name !== 'COMPLETED') return readMemo<BatchResult>(info, BATCH_RESULT_MEMO_KEY);
  try {
    return (await client.workflow.getHandle(info.workflowId, info.runId).result()) as BatchResult;
  } catch (error) {
    // The namespace's retention has passed since the server listed the batch.
    if (isWorkflowNotFound(error)) return undefined;
    throw error;
  }
}
