import type { Client } from '@temporalio/client';
import { BATCH } from '../workflows/batches/contract';
import { AGENT_RUN } from '../workflows/contract';
import { isNotFound, RunNotFoundError, WorkflowConflictError } from './errors';

/** What has commands, and a class, of its own. */
const KINDS = {
  run: { type: AGENT_RUN, use: 'DuvoRuns, or duvo-temporal runs …' },
  batch: { type: BATCH, use: 'DuvoBatches, or duvo-temporal batch …' },
} as const;

/**
 * That the workflow is what its caller takes it for: a cancel, say, reaches any.
 *
 * @throws WorkflowConflictError when it is something else; RunNotFoundError
 */
export async function checkKind(client: Client, workflowId: string, kind: keyof typeof KINDS): Promise<void> {
  let type: string;
  try {
    ({ type } = await client.workflow.getHandle(workflowId).describe());
  } catch (error) {
    throw isNotFound(error) ? new RunNotFoundError(workflowId, kind) : error;
  }
  if (type === KINDS[kind].type) return;
  const other = kind === 'run' ? 'batch' : 'run';
  throw new WorkflowConflictError(
    workflowId,
    type === KINDS[other].type
      ? `${workflowId} is a ${other}, not a ${kind}: use ${KINDS[other].use}`
      : `${workflowId} is a workflow of the type ${type}, not a ${kind}`,
  );
}
