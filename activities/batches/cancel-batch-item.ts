import { getClient } from '@temporalio/activity';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batches/batch-contract';
import { readSearchAttribute } from '../../contract/names';
import { describeWorkflow } from '../../temporal/memo-reader';
import { runHttpAttempt } from '../http-attempt';
import { isWorkflowNotFound } from './workflow-snapshot';

export interface CancelBatchItemInput {
  /** Workflow id of the item. */
  workflowId: string;
  /** Workflow id of the batch that cancels. */
  batchId: string;
}

/**
 * Cancels the workflow of an item, if this batch started it.
 *
 * @returns false when the workflow belongs to another batch or caller, and was not cancelled; true when it was cancelled,
 * and also when it does not exist
 */
export function cancelBatchItem({ workflowId, batchId }: CancelBatchItemInput): Promise<boolean> {
  return runHttpAttempt(async () => {
    const handle = getClient().workflow.getHandle(workflowId);
    try {
      const owner = readSearchAttribute(await describeWorkflow(getClient(), workflowId), BATCH_ID_SEARCH_ATTRIBUTE);
      if (owner === batchId) await handle.cancel();
      return owner === batchId;
    } catch (error) {
      if (!isWorkflowNotFound(error)) throw error;
      return true;
    }
  });
}
