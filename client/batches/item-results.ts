import type { Client } from '@temporalio/client';
import { type BatchTemplate, type ItemRow, itemWorkflowId } from '../../contract/batch-contract';

/** What became of an item, and where it is to be looked up. */
export interface BatchItemResult extends ItemRow {
  /** Absent for an item that was not started. */
  workflowId?: string;
  /** Result of the item's workflow: of a run, its `AgentRunResult`. None for a case. */
  output?: unknown;
}

/** Outputs that are fetched at one time. */
const MAX_CONCURRENT_FETCHES = 10;

/** Adds to rows where each item is, and what came out of it if that is asked for; as they are asked for, in their order. */
export async function* readItemResults(
  client: Client,
  batchId: string,
  template: BatchTemplate,
  rows: AsyncIterable<ItemRow>,
  withOutput: boolean,
): AsyncGenerator<BatchItemResult> {
  const toItemResult = async (row: ItemRow): Promise<BatchItemResult> => {
    if (row.attempts === undefined || row.attempts === 0) return row;
    const result: BatchItemResult = { ...row, workflowId: itemWorkflowId(batchId, template, row) };
    if (!withOutput || 'case' in template || row.status !== 'completed') return result;
    const output = await fetchItemOutput(client, result.workflowId ?? '');
    return { ...result, ...(output !== undefined && { output }) };
  };
  const pending: Promise<BatchItemResult>[] = [];
  try {
    for await (const row of rows) {
      pending.push(toItemResult(row));
      if (pending.length >= MAX_CONCURRENT_FETCHES) yield (await pending.shift()) as BatchItemResult;
    }
    for (let next = pending.shift(); next; next = pending.shift()) yield await next;
  } finally {
    // Those that nobody will ask for.
    for (const unread of pending) unread.catch(() => undefined);
  }
}

/** Nothing when it was forgotten after the retention, or is another run by now. */
async function fetchItemOutput(client: Client, workflowId: string): Promise<unknown> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status } = await handle.describe();
    return status.name === 'COMPLETED' ? await handle.result() : undefined;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'WorkflowNotFoundError' || name === 'WorkflowFailedError') return undefined;
    throw error;
  }
}
