import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { DuvoActivities, WorkflowSnapshot } from '../../../activities';
import { CALL_ACTIVITY_OPTIONS } from '../../process/activity-proxies';
import { isActivityCancellation } from '../../process/activity-proxies';
import type { ItemContext } from './item-context';

/**
 * Follows an item's workflow that this page has not started. A cancel of this page cancels it, too, if it is this batch's.
 *
 * @returns its end; nothing when this one is cancelled and it is not this batch's
 */
export async function followItem(
  { batchId, apiTaskQueue }: ItemContext,
  workflowId: string,
): Promise<WorkflowSnapshot | undefined> {
  const { awaitWorkflow, cancelBatchItem } = proxyFollowActivities(apiTaskQueue, workflowId);
  try {
    return await awaitWorkflow({ workflowId });
  } catch (error) {
    if (!isActivityCancellation(error)) throw error;
    return CancellationScope.nonCancellable(async () => {
      if (await cancelBatchItem({ workflowId, batchId })) return awaitWorkflow({ workflowId });
      return undefined;
    });
  }
}

function proxyFollowActivities(taskQueue: string, workflowId: string) {
  // The attempts of what follows something are its polls: the coefficient must be 1 (duvo-activities.ts).
  return proxyActivities<DuvoActivities>({
    ...CALL_ACTIVITY_OPTIONS,
    taskQueue,
    summary: `follow ${workflowId}`.slice(0, 200),
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
  });
}
