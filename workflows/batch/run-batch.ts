import { ChildWorkflowCancellationType, ParentClosePolicy, uuid4, workflowInfo } from '@temporalio/workflow';
import { executeCancellableChild } from '../process/child-workflows';
import { failInvalidInput } from '../../contract/input-checks';
import type { batch } from './batch';
import { parseBatchInput } from '../../contract/batches/batch-input';
import { BATCH_WORKFLOW_TYPE, type BatchInput, type BatchResult } from '../../contract/batches/batch-contract';

/**
 * Runs a batch as a child of a user's own workflow, and returns the batch's result and its id. The input has the items (at
 * most one page), or a `source` that the workers read. The result has counts and no rows, because thousands of rows do not
 * fit a history. An activity reads the rows: `new DuvoWorkflows(getClient()).batches.get(batchId).results()`, with
 * `getClient` of `@temporalio/activity` and `DuvoWorkflows` of `duvo-temporal/client`.
 *
 * A cancellation of the parent, or of the current scope, cancels the batch and waits until the running items have ended. A
 * termination or timeout of the parent cancels the batch, too. A parent that is reset starts a new batch; a run whose item
 * has a key is not started again there.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput` before anything is started
 * @throws ChildWorkflowFailure when the batch itself failed; an item that fails is counted in the result
 */
export async function runBatch(input: BatchInput): Promise<BatchResult & { batchId: string }> {
  const { items, source } = parseBatchInput(input);
  // Without items or a source, the batch would wait until a client stores pages.
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
