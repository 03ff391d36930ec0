import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';

/**
 * One execution of a workflow id: the chain of Temporal runs from a start to its end, across continue-as-new and resets.
 * The run ids here are Temporal's, not Duvo's.
 */
export interface Execution {
  /** The id of any run in the chain. */
  runId: string;
  /** The id of the first run in the chain. Older Temporal servers do not return it. */
  firstRunId?: string;
}

export function toExecution({ runId, raw }: WorkflowExecutionDescription): Execution {
  const { firstRunId } = raw.workflowExecutionInfo ?? {};
  return { runId, ...(firstRunId && { firstRunId }) };
}

/**
 * Returns a handle for the last run of an execution. A later start of the same workflow id is another execution, and the
 * handle does not reach it. Without an execution, the handle is for the latest run of the workflow id.
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
    const { newExecutionRunId } = error as { newExecutionRunId?: string };
    if (newExecutionRunId) return newExecutionRunId;
    throw error;
  }
  throw new Error(`the history of workflow ${workflowId} does not name the run that it continued as: retry`);
}
