import type { Client } from '@temporalio/client';

/** Where an item's workflow stands, and whose it is. */
export interface WorkflowLook {
  /** Temporal's status: `RUNNING`, `COMPLETED`, …; `GONE` when there is none. */
  status: string;
  /** ISO 8601. */
  endedAt?: string;
  /** Of one that failed. */
  type?: string;
  /** Duvo's id of the run or the case that it is. */
  runId?: string;
  caseId?: string;
  /** What came of its cancel, as it says itself. */
  cancel?: 'confirmed' | 'already-finished' | 'unconfirmed';
  /** The batch that has started it, and for which item. */
  batchId?: string;
  item?: { index: number; attempt: number };
}

export async function lookAtWorkflow(client: Client, workflowId: string): Promise<WorkflowLook> {
  try {
    const { status, runId: execution, memo, ...found } = await client.workflow.getHandle(workflowId).describe();
    const { DuvoBatchId, DuvoRunId } = found.searchAttributes as Record<string, string[] | undefined>;
    const { duvoCancel, duvoCase, duvoItem } = memo ?? {};
    const known: WorkflowLook = {
      status: status.name,
      endedAt: found.closeTime?.toISOString(),
      type: status.name === 'FAILED' ? await failureTypeOf(client, workflowId, execution) : undefined,
      runId: DuvoRunId?.[0],
      caseId: duvoCase as string | undefined,
      cancel: duvoCancel as WorkflowLook['cancel'],
      batchId: DuvoBatchId?.[0],
      item: duvoItem as WorkflowLook['item'],
    };
    return Object.fromEntries(Object.entries(known).filter(([, value]) => value)) as unknown as WorkflowLook;
  } catch (error) {
    if (!isGone(error)) throw error;
    return { status: 'GONE' };
  }
}

export const isGone = (error: unknown): boolean => (error as Error).name === 'WorkflowNotFoundError';

async function failureTypeOf(client: Client, workflowId: string, execution: string): Promise<string | undefined> {
  try {
    // Of this execution: meanwhile there may be another one.
    await client.workflow.getHandle(workflowId, execution).result();
    return undefined;
  } catch (error) {
    if (isGone(error)) throw error;
    const { cause } = error as { cause?: { type?: string; name?: string } };
    return cause?.type ?? cause?.name;
  }
}
