import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';

/** One execution of a workflow id, however often it was continued as new, or reset. Temporal's run ids, not Duvo's. */
export interface Execution {
  /** Of it, at some time. */
  runId: string;
  /** The first of all that followed each other; an old server does not tell. */
  firstRunId?: string;
}

export function toExecution({ runId, raw }: WorkflowExecutionDescription): Execution {
  const { firstRunId } = raw.workflowExecutionInfo ?? {};
  return { runId, ...(firstRunId && { firstRunId }) };
}

/**
 * A handle to where the execution is now, or has ended: a workflow id that was started anew since is somebody else's.
 * Without an execution, one to whatever is the latest of the workflow id.
 *
 * @throws WorkflowNotFoundError
 */
export async function getExecutionHandle(
  client: Client,
  workflowId: string,
  execution?: Execution,
): Promise<WorkflowHandle> {
  const { workflow } = client;
  if (!execution) return workflow.getHandle(workflowId);
  const latest = toExecution(await workflow.getHandle(workflowId).describe());
  if (latest.firstRunId !== undefined && latest.firstRunId === execution.firstRunId) {
    return workflow.getHandle(workflowId, latest.runId);
  }
  for (let { runId } = execution; ;) {
    const handle = workflow.getHandle(workflowId, runId);
    if ((await handle.describe()).status.name !== 'CONTINUED_AS_NEW') return handle;
    runId = await findNextRunId(client, workflowId, runId);
  }
}

async function findNextRunId(client: Client, workflowId: string, runId: string): Promise<string> {
  try {
    await client.workflow.getHandle(workflowId, runId, { followRuns: false }).result();
  } catch (error) {
    // By shape: the SDK's classes may be there twice.
    const { newExecutionRunId } = error as { newExecutionRunId?: string };
    if (newExecutionRunId) return newExecutionRunId;
    throw error;
  }
  throw new Error(`workflow ${workflowId} was continued as new, and its history does not say so: try again`);
}
