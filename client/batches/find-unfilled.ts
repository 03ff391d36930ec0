import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import {
  BATCH_ITEMS_WORKFLOW_TYPE,
  BATCH_WORKFLOW_TYPE,
  BatchQueries,
  type BatchState,
  ITEMS_DIGEST_MEMO_KEY,
  pageStoreWorkflowId,
} from '../../contract/batches/batch-contract';
import { mapInOrder } from '../temporal/map-in-order';
import { hasMemo } from '../../temporal/memo-reader';
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

/** A batch whose state could not be read. */
export interface UnansweredBatch {
  workflowId: string;
  problem: string;
}

export interface UnfilledSearch {
  unfilled: UnfilledBatch[];
  unanswered: UnansweredBatch[];
  /** Number of batches whose state was read. */
  read: number;
  /** Number of further batches, newer than the others, whose state was not requested. */
  leftOut: number;
}

export interface FindUnfilledOptions {
  /** Only batches for which nothing was stored for so long, in milliseconds. */
  idleMs: number;
  /** The maximum number of open batches whose state is requested, the oldest first. */
  limit: number;
  /** Limit of the whole search, in milliseconds. The batches that have not answered by then are unanswered. */
  timeoutMs: number;
}

/**
 * Finds the open batches whose caller has died while it stored their items, the oldest first. The state of each open batch is
 * queried. A batch whose worker does not answer does not keep the others from being read.
 */
export async function findUnfilledBatches(
  client: Client,
  { idleMs, limit, timeoutMs }: FindUnfilledOptions,
): Promise<UnfilledSearch> {
  const signal = AbortSignal.timeout(timeoutMs);
  const idleSince = new Date(Date.now() - idleMs);
  const candidates = await client.withAbortSignal(signal, () => listCandidates(client, idleSince));
  const oldest = candidates.slice(0, limit);
  const found: UnfilledSearch = {
    unfilled: [],
    unanswered: [],
    read: 0,
    leftOut: candidates.length - oldest.length,
  };
  const read = (info: WorkflowExecutionInfo) =>
    client
      .withAbortSignal(signal, () => readUnfilled(client, info, idleSince))
      .catch((error: unknown) => toUnanswered(info, signal.aborted ? 'no answer in time' : (error as Error).message));
  for await (const one of mapInOrder(oldest, read)) {
    if (one && 'problem' in one) found.unanswered.push(one);
    else found.read++;
    if (one && 'items' in one) found.unfilled.push(one);
  }
  return found;
}

/** Lists the open batches that may wait for items, the oldest first. SQL databases list the newest first, and cannot sort. */
async function listCandidates(client: Client, idleSince: Date): Promise<WorkflowExecutionInfo[]> {
  const candidates: WorkflowExecutionInfo[] = [];
  const startedBefore = `StartTime <= '${idleSince.toISOString()}'`;
  const conditions = [equals('WorkflowType', BATCH_WORKFLOW_TYPE), startedBefore];
  for await (const info of listWorkflows(client, { status: 'RUNNING', limit: Infinity }, conditions))
    if (!hasMemo(info, ITEMS_DIGEST_MEMO_KEY)) candidates.push(info);
  return candidates.sort((one, other) => one.startTime.getTime() - other.startTime.getTime());
}

async function readUnfilled(
  client: Client,
  info: WorkflowExecutionInfo,
  idleSince: Date,
): Promise<UnfilledBatch | undefined> {
  const { workflowId, key } = toWorkflowSummary(info);
  const handle = client.workflow.getHandle(workflowId);
  const query = () => handle.query<BatchState>(BatchQueries.batchState);
  const { allPagesStored, pages, items } = await queryWithRetry(client, workflowId, query);
  if (allPagesStored) return undefined;
  const lastStoredAt = (await findStartOfStore(client, workflowId, pages)) ?? info.startTime;
  if (lastStoredAt > idleSince) return undefined;
  return { workflowId, ...(key && { key }), items, lastStoredAt: lastStoredAt.toISOString() };
}

async function findStartOfStore(client: Client, batchId: string, page: number): Promise<Date | undefined> {
  const conditions = [
    equals('WorkflowType', BATCH_ITEMS_WORKFLOW_TYPE),
    equals('WorkflowId', pageStoreWorkflowId(batchId, page)),
  ];
  for await (const { startTime } of listWorkflows(client, { limit: 1 }, conditions)) return startTime;
  return undefined;
}

function toUnanswered({ workflowId }: WorkflowExecutionInfo, problem: string): UnansweredBatch {
  return { workflowId, problem };
}
