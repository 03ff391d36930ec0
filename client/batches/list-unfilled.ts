import type { Client } from '@temporalio/client';
import {
  BATCH_ITEMS_WORKFLOW_TYPE,
  BATCH_WORKFLOW_TYPE,
  BatchQueries,
  type BatchState,
  ITEMS_DIGEST_MEMO_KEY,
  pageStoreWorkflowId,
} from '../../contract/batches/batch-contract';
import { hasMemo } from '../temporal/memo-reader';
import { queryWithRetry } from '../temporal/query-with-retry';
import { equals, listWorkflows, toWorkflowSummary } from '../temporal/visibility';

/** A batch that waits for items which nobody stores. */
export interface UnfilledBatch {
  workflowId: string;
  /** The business key, when the batch was started with one. */
  key?: string;
  /** Number of items that are stored. */
  items: number;
  /** When a page of items was stored last, or the batch was started; ISO 8601. */
  lastStoredAt: string;
}

export interface ListUnfilledOptions {
  /** Only batches for which nothing was stored for so long, in milliseconds. */
  idleMs: number;
  /** The maximum number of open batches that are read, the newest first. */
  limit: number;
}

/**
 * Lists the open batches whose caller has died while it stored their items. The state of each open batch is queried, so that
 * a worker is needed.
 *
 * @throws NoWorkerError
 */
export async function* listUnfilledBatches(
  client: Client,
  { idleMs, limit }: ListUnfilledOptions,
): AsyncGenerator<UnfilledBatch> {
  const idleSince = new Date(Date.now() - idleMs);
  const startedBefore = `StartTime <= '${idleSince.toISOString()}'`;
  const conditions = [equals('WorkflowType', BATCH_WORKFLOW_TYPE), startedBefore];
  for await (const info of listWorkflows(client, { status: 'RUNNING', limit }, conditions)) {
    if (hasMemo(info, ITEMS_DIGEST_MEMO_KEY)) continue;
    const { workflowId, key } = toWorkflowSummary(info);
    const handle = client.workflow.getHandle(workflowId);
    const query = () => handle.query<BatchState>(BatchQueries.batchState);
    const { allPagesStored, pages, items } = await queryWithRetry(client, workflowId, query);
    if (allPagesStored) continue;
    const lastStoredAt = (await findStartOfStore(client, workflowId, pages)) ?? info.startTime;
    if (lastStoredAt <= idleSince)
      yield { workflowId, ...(key && { key }), items, lastStoredAt: lastStoredAt.toISOString() };
  }
}

async function findStartOfStore(client: Client, batchId: string, page: number): Promise<Date | undefined> {
  const conditions = [
    equals('WorkflowType', BATCH_ITEMS_WORKFLOW_TYPE),
    equals('WorkflowId', pageStoreWorkflowId(batchId, page)),
  ];
  for await (const { startTime } of listWorkflows(client, { limit: 1 }, conditions)) return startTime;
  return undefined;
}
