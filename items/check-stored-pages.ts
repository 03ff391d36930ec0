import type { Client } from '@temporalio/client';
import { type BatchItem, pageStoreWorkflowId } from '../contract/batches/batch-contract';
import { MemoKeys } from '../contract/names';
import { describeWorkflow, hasUnreadableMemo } from '../temporal/memo-reader';
import { PageDiffersError, pagesWithDigests, type PageTarget, PageUnreadableError } from './store-pages';

/**
 * Compares items with the pages of a batch that are stored, up to the first page that is not. Stores nothing.
 *
 * @throws PageDiffersError; PageUnreadableError; BatchItemError when one of these items cannot be stored
 */
export async function checkStoredPages(
  { client, batchId }: Pick<PageTarget, 'client' | 'batchId'>,
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
): Promise<void> {
  for await (const { digest, stored } of pagesWithDigests(items)) {
    const description = await describeIfStored(client, pageStoreWorkflowId(batchId, stored.pages));
    if (description === undefined) return;
    if (hasUnreadableMemo(description)) throw new PageUnreadableError(batchId, stored.pages);
    if (description.memo?.[MemoKeys.inputDigest] !== digest) throw new PageDiffersError(batchId, stored.pages);
  }
}

async function describeIfStored(client: Client, workflowId: string) {
  try {
    return await describeWorkflow(client, workflowId);
  } catch (error) {
    if ((error as Error).name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}
