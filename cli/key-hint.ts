import type { Client } from '@temporalio/client';
import { batchWorkflowId, describeWorkflow } from '../client';
import { runWorkflowId } from '../contract';

const TO_WORKFLOW_ID: Record<string, (key: string) => string> = {
  RunNotFoundError: runWorkflowId,
  BatchNotFoundError: batchWorkflowId,
};

/** Adds the workflow id to the error of a missing run or batch, when the person gave a business key in its place. */
export async function withKeyHint(client: Client, error: unknown): Promise<unknown> {
  const { name, message, workflowId: key } = error as Error & { workflowId?: string };
  const toWorkflowId = TO_WORKFLOW_ID[name];
  if (!toWorkflowId || key === undefined) return error;
  const workflowId = toWorkflowId(key);
  const isFound = await describeWorkflow(client, workflowId).then(
    () => true,
    () => false,
  );
  if (isFound) (error as Error).message = `${message}. Did you mean ${workflowId}?`;
  return error;
}
