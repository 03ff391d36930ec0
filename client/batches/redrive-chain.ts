import { createHash } from 'node:crypto';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { describeWorkflow, hasMemo } from '../../temporal/memo-reader';
import { ITEMS_DIGEST_MEMO_KEY } from '../../contract/batches/batch-contract';
import { isWorkflowNotFound, WorkflowConflictError } from '../errors';
import { toExecutionIds } from '../temporal/workflow-execution';
import { batchWorkflowId } from './open-batch';

/** The keys of redrives begin with the key of the batch, and must stay short enough for the ids of their items. */
const MAX_ROOT_BYTES = 160;
const REDRIVE_ID = /^(.*\/redrive-[0-9a-f]{8})\/(\d+)$/s;

/** Which batch a redrive reads, and the key of the new batch. */
export interface RedrivePlan {
  /** Workflow id of the ended batch whose items are run again. */
  previousId: string;
  /** Key of the redrive. The same redrive has the same key, so that a second call attaches to it. */
  key: string;
}

/**
 * Finds the place of a redrive among the redrives of a batch, which form a chain: each runs the items that did not complete
 * in the one before it. While the latest one runs, a further call attaches to it. When it has ended, its items that did not
 * complete are run again, whichever batch of the chain the call names: items of an earlier batch may have completed since.
 *
 * A caller's own key names the redrive in place of the chain.
 *
 * @param batch the description of the batch that the caller names
 * @throws WorkflowConflictError when this batch is the latest one and still runs, or when the latest one lacks items
 */
export async function planRedrive(
  client: Client,
  batch: WorkflowExecutionDescription,
  { key, includeUnknown }: { key?: string; includeUnknown?: boolean },
): Promise<RedrivePlan> {
  const { workflowId } = batch;
  const isRunning = ({ status }: WorkflowExecutionDescription) => status.name === 'RUNNING';
  const stillRuns = () =>
    new WorkflowConflictError(
      workflowId,
      `the batch ${workflowId} still runs: redrive it when it has ended, or cancel it first`,
    );
  if (key !== undefined) {
    if (isRunning(batch)) throw stillRuns();
    return { previousId: workflowId, key };
  }
  const { chain, n } = locate(batch);
  let latest = batch;
  let previousId = workflowId;
  let at = n;
  for (;;) {
    const next = await describeIfExists(client, batchWorkflowId(`${chain}/${at + 1}`));
    if (!next) break;
    previousId = latest.workflowId;
    latest = next;
    at++;
  }
  const isNamed = latest === batch;
  if (isRunning(latest)) {
    if (isNamed) throw stillRuns();
    return { previousId, key: `${chain}/${at}` };
  }
  if (!isNamed && !hasMemo(latest, ITEMS_DIGEST_MEMO_KEY))
    throw new WorkflowConflictError(
      latest.workflowId,
      `the redrive ${latest.workflowId} ended before all its items were stored: give a key (--key) to run the items of ` +
        `${previousId} again, also those that completed in the redrive`,
    );
  if (!isNamed && includeUnknown)
    throw new WorkflowConflictError(
      workflowId,
      `the batch ${workflowId} was redriven as ${latest.workflowId}: redrive that one, or give a key (--key) to run the ` +
        `items of ${workflowId} again, also those that completed in the redrive`,
    );
  return { previousId: latest.workflowId, key: `${chain}/${at + 1}` };
}

/**
 * Returns the chain of a batch and the batch's place in it: 0 for a batch that is no redrive. The chain's name contains a
 * digest of the execution, since a batch that failed while its items were read may be started anew with the same id.
 */
function locate(batch: WorkflowExecutionDescription): { chain: string; n: number } {
  const { workflowId } = batch;
  const prefix = batchWorkflowId('');
  const key = workflowId.startsWith(prefix) ? workflowId.slice(prefix.length) : workflowId;
  const [, chain, n] = REDRIVE_ID.exec(key) ?? [];
  if (chain !== undefined) return { chain, n: Number(n) };
  const { runId, firstRunId = runId } = toExecutionIds(batch);
  const root = Buffer.byteLength(key) > MAX_ROOT_BYTES ? digestOf(key).slice(0, 32) : key;
  return { chain: `${root}/redrive-${digestOf(firstRunId).slice(0, 8)}`, n: 0 };
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

async function describeIfExists(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await describeWorkflow(client, workflowId);
  } catch (error) {
    if (isWorkflowNotFound(error)) return undefined;
    throw error;
  }
}
