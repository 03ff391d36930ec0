import { ChildWorkflowCancellationType, ParentClosePolicy, uuid4, workflowInfo } from '@temporalio/workflow';
import { executeCancellableChild } from '../process/child-workflows';
import { failInvalidInput } from '../../contract/input-checks';
import type { batch } from './batch';
import { parseBatchInput } from '../../contract/batch-input';
import { BATCH_WORKFLOW_TYPE, type BatchInput, type BatchResult } from '../../contract/batch-contract';

/**
 * Runs a batch from a user's own workflow: a child workflow `batch`, whose result it returns, with its id. Its items are
 * given, at most one page, or read by the workers (`source`). The rows are
 * not in it, since a history is no place for thousands of them: an activity reads them, as `results()` of
 * `batches.get(batchId)` of `DuvoWorkflows` in `duvo-temporal/client`, with the client that `getClient` of `@temporalio/activity` gives.
 *
 * Cancelling the parent (or its scope) cancels the batch, and waits until what it had under way has ended. So does ending
 * the parent by a termination or time-out, without the waiting. A parent that was reset runs a new batch, in which a run
 * whose item has a key is not started again.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput` before anything is started
 * @throws ChildWorkflowFailure when the batch itself failed; an item that fails is counted in the result
 */
export async function runBatch(input: BatchInput): Promise<BatchResult & { batchId: string }> {
  const { items, source } = parseBatchInput(input);
  // Without them the batch would wait for a client to store some.
  if (!items && !source) failInvalidInput('items', 'is missing: give the items, or a source that the workers read');
  const batchId = `${workflowInfo().workflowId}/batch-${uuid4().slice(0, 8)}`;
  const result = await executeCancellableChild<typeof batch>(BATCH_WORKFLOW_TYPE, {
    args: [input],
    workflowId: batchId,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
  return { ...result, batchId };
}
