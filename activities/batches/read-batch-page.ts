import { getClient } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { PageStore, type BatchTemplate } from '../../contract/batches/batch-contract';
import { runHttpAttempt } from '../http-attempt';
import { type DigestedItems, digestItemInputs, type StoredPage } from './item-digests';
import { isWorkflowNotFound } from './workflow-snapshot';

export interface ReadBatchPageInput {
  /** Workflow id of the page store. */
  workflowId: string;
  template: BatchTemplate;
}

/** Reads the items of a page from its store, with the digests of what they start. */
export function readBatchPage({ workflowId, template }: ReadBatchPageInput): Promise<DigestedItems> {
  return runHttpAttempt(async () => {
    try {
      const query = PageStore.items;
      const page = await getClient().workflow.getHandle(workflowId).query<StoredPage>(query);
      return { ...page, digests: digestItemInputs(template, page.items) };
    } catch (error) {
      if (!isWorkflowNotFound(error)) throw error;
      throw ApplicationFailure.nonRetryable(
        `page store ${workflowId}: not found; somebody deleted or terminated it`,
        'Duvo.BatchPageGone',
      );
    }
  });
}
