import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { AwaitedWorkflow, DuvoActivities } from '../../../activities';
import { CALL_ACTIVITY_OPTIONS, isActivityCancellation, toSummaryLine } from '../../process/activity-proxies';
import type { ItemContext } from './item-context';

/**
 * Waits for the end of an item's workflow that this page did not start. A cancellation of the page also cancels that
 * workflow, if this batch started it.
 *
 * @param digest digest of the input that is expected: a workflow with another input is not waited for
 * @returns the ended workflow; `undefined` when the page was cancelled and another batch or caller started the workflow
 */
export async function followItem(
  { batchId, apiTaskQueue }: ItemContext,
  workflowId: string,
  digest?: string,
): Promise<AwaitedWorkflow | undefined> {
  const { awaitWorkflow, cancelBatchItem } = proxyFollowActivities(apiTaskQueue, workflowId);
  try {
    return await awaitWorkflow({ workflowId, ...(digest !== undefined && { digest }) });
  } catch (error) {
    if (!isActivityCancellation(error)) throw error;
    return CancellationScope.nonCancellable(async () => {
      if (await cancelBatchItem({ workflowId, batchId })) return awaitWorkflow({ workflowId });
      return undefined;
    });
  }
}

function proxyFollowActivities(taskQueue: string, workflowId: string) {
  // Each attempt is a poll, so the number of attempts must not lengthen the retry interval: the coefficient is 1.
  return proxyActivities<DuvoActivities>({
    ...CALL_ACTIVITY_OPTIONS,
    taskQueue,
    summary: toSummaryLine(`follow ${workflowId}`),
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
  });
}
