import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { BATCH_RESULT_MEMO_KEY, BATCH_WORKFLOW_TYPE, type BatchResult } from '../../contract/batches/batch-contract';
import { isWorkflowNotFound } from '../errors';
import { mapInOrder } from '../temporal/map-in-order';
import { isUnreadable, readMemo, type UnreadableValue } from '../../temporal/memo-reader';
import { readResultOf } from '../../temporal/read-result';
import {
  countItemsWaitingForPeople,
  equals,
  type ListOptions,
  listWorkflows,
  toWorkflowSummary,
  type WorkflowSummary,
} from '../temporal/visibility';

export interface ListBatchesOptions extends ListOptions {
  /** Whether to count the items that wait for a person: one more request for each running batch. @default false */
  countWaiting?: boolean;
}

/** A batch as Temporal shows it, without a request to a worker. */
export interface BatchSummary extends WorkflowSummary, Partial<Omit<BatchResult, 'cancel'>> {
  /** The number of items that wait for a person, with `countWaiting`; absent when the batch has ended. */
  waitingForPeople?: number;
}

/**
 * Lists batches, the newest first. The counts of items are those of the final result, so a batch that runs has none: its
 * counts are with its workers (`DuvoBatch.progress()`).
 *
 * @throws InvalidInputError
 */
export function listBatches(
  client: Client,
  { countWaiting = false, ...options }: ListBatchesOptions = {},
): AsyncGenerator<BatchSummary> {
  const batches = listWorkflows(client, options, [equals('WorkflowType', BATCH_WORKFLOW_TYPE)]);
  return mapInOrder(batches, (info) => toBatchSummary(client, info, countWaiting));
}

async function toBatchSummary(
  client: Client,
  info: WorkflowExecutionInfo,
  countWaiting: boolean,
): Promise<BatchSummary> {
  const summary = toWorkflowSummary(info);
  if (summary.status === 'RUNNING') {
    if (!countWaiting) return summary;
    const waitingForPeople = await countItemsWaitingForPeople(client, info.workflowId).catch(() => undefined);
    return { ...summary, waitingForPeople };
  }
  const result = await readFinalResult(client, info);
  if (isUnreadable(result)) return { ...summary, memoUnreadable: true };
  if (!result) return summary;
  const { cancel: _cancel, ...counts } = result;
  return { ...summary, ...counts };
}

/** Reads the result of a batch that has ended: a batch that was cancelled, or failed, has it in its memo. */
async function readFinalResult(
  client: Client,
  info: WorkflowExecutionInfo,
): Promise<BatchResult | UnreadableValue | undefined> {
  if (info.status.name !== 'COMPLETED') return readMemo<BatchResult>(info, BATCH_RESULT_MEMO_KEY);
  try {
    return await readResultOf<BatchResult>(client, info);
  } catch (error) {
    // The namespace's retention has passed since the server listed the batch.
    if (isWorkflowNotFound(error)) return undefined;
    throw error;
  }
}
