import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { DuvoActivities, WorkflowLook } from '../../activities';
import { CALL } from '../process/duvo-activities';
import { wasCancelled } from '../process/was-cancelled';
import type { PageInput } from './page-messages';

/**
 * Follows an item's workflow that this page has not started. A cancel of this page cancels it, too, if it is this batch's.
 *
 * @returns its end; nothing when this one is cancelled and it is not this batch's
 */
export async function followItem(
  { batchId, apiTaskQueue }: PageInput,
  workflowId: string,
): Promise<WorkflowLook | undefined> {
  const { awaitWorkflow, cancelItem } = followers(apiTaskQueue, workflowId);
  try {
    return await awaitWorkflow({ workflowId });
  } catch (error) {
    if (!wasCancelled(error)) throw error;
    return CancellationScope.nonCancellable(async () => {
      if (await cancelItem({ workflowId, batchId })) return awaitWorkflow({ workflowId });
      return undefined;
    });
  }
}

function followers(taskQueue: string, workflowId: string) {
  // The attempts of what follows something are its polls: the coefficient must be 1 (duvo-activities.ts).
  return proxyActivities<DuvoActivities>({
    ...CALL,
    taskQueue,
    summary: `follow ${workflowId}`.slice(0, 200),
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
  });
}
