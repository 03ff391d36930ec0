import type { Client } from '@temporalio/client';
import { BATCH_WORKFLOW_TYPE } from '../../contract/batch-contract';
import { MemoKeys } from '../../contract/names';

/** A batch as visibility shows it: no worker is asked. */
export interface BatchSummary {
  workflowId: string;
  /** Temporal's status of the workflow: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, … */
  status: string;
  key?: string;
  startedAt: string;
  endedAt?: string;
}

export async function* listBatches(
  client: Client,
  { open, limit = 100 }: { open?: boolean; limit?: number } = {},
): AsyncGenerator<BatchSummary> {
  const query = [`WorkflowType = '${BATCH_WORKFLOW_TYPE}'`, ...(open ? [`ExecutionStatus = 'Running'`] : [])].join(
    ' AND ',
  );
  let remaining = limit;
  for await (const { workflowId, status, memo, startTime, closeTime } of client.workflow.list({ query })) {
    if (remaining-- <= 0) return;
    const key = memo?.[MemoKeys.key] as string | undefined;
    yield {
      workflowId,
      status: status.name,
      ...(key && { key }),
      startedAt: startTime.toISOString(),
      ...(closeTime && { endedAt: closeTime.toISOString() }),
    };
  }
}
