import type { Client } from '@temporalio/client';
import { type BatchTemplate, type ItemRow, itemWorkflowId } from '../../contract/batches/batch-contract';
import type { EndedItem } from './read-ended-items';
import { mapInOrder } from '../temporal/map-in-order';
import { describeWorkflow } from '../../temporal/memo-reader';

/** The row of an item, with the workflow of the item and, on request, the workflow's result. */
export interface BatchItemResult extends ItemRow {
  /** Absent for an item that was not started. */
  workflowId?: string;
  /** Result of the item's workflow: for a run, its `AgentRunResult`. Absent for a case. */
  output?: unknown;
  /** The item, on request. Absent when Temporal has deleted its page. */
  item?: unknown;
}

/** Adds workflow ids and, with `withOutput`, results to rows. Fetches as the caller reads, and keeps the order. */
export function readItemResults(
  client: Client,
  batchId: string,
  template: BatchTemplate,
  items: AsyncIterable<EndedItem>,
  withOutput: boolean,
): AsyncGenerator<BatchItemResult> {
  return mapInOrder(items, async ({ row, ...item }): Promise<BatchItemResult> => {
    if (row.attempts === undefined) return { ...row, ...item };
    const workflowId = itemWorkflowId(batchId, template, row);
    if (!withOutput || 'case' in template || row.status !== 'completed') return { ...row, workflowId, ...item };
    const output = await fetchItemOutput(client, workflowId);
    return { ...row, workflowId, ...item, ...(output !== undefined && { output }) };
  });
}

/**
 * Fetches the result of an item's workflow. Returns `undefined` when the namespace's retention has passed, or when the
 * workflow id belongs to a later run by now, which did not complete.
 */
async function fetchItemOutput(client: Client, workflowId: string): Promise<unknown> {
  try {
    const { status } = await describeWorkflow(client, workflowId);
    return status.name === 'COMPLETED' ? await client.workflow.getHandle(workflowId).result() : undefined;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'WorkflowNotFoundError' || name === 'WorkflowFailedError') return undefined;
    throw error;
  }
}
