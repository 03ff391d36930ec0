import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { describeWorkflow, findTaskFailure, quoteQueryText } from '../../client';
import { BATCH_ID_SEARCH_ATTRIBUTE, BATCH_WORKFLOW_TYPE } from '../../contract';

/** The number of running items that are checked. The items of a batch have one workflow type, so they fail alike. */
const CHECKED_ITEMS = 2;

/** Reads why the workflow tasks of a batch's items fail; `undefined` for a workflow that is not a running batch. */
export async function findItemTaskFailure(
  client: Client,
  { workflowId, type, status }: WorkflowExecutionDescription,
): Promise<string | undefined> {
  if (type !== BATCH_WORKFLOW_TYPE || status.name !== 'RUNNING') return undefined;
  const query = `${BATCH_ID_SEARCH_ATTRIBUTE} = ${quoteQueryText(workflowId)} AND ExecutionStatus = 'Running'`;
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query,
    pageSize: CHECKED_ITEMS,
  });
  for (const { execution } of executions ?? []) {
    if (!execution?.workflowId) continue;
    const problem = await findTaskFailure(client, await describeWorkflow(client, execution.workflowId));
    if (problem !== undefined) return problem;
  }
  return undefined;
}
