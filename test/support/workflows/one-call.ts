import { proxyActivities } from '@temporalio/workflow';
import { CALL_ACTIVITY_OPTIONS } from '../../../workflows/process/activity-proxies';
import { nextCallKey } from '../../../workflows/process/resource-activities';

/** Calls one Duvo activity with the options and the idempotency key that the library's own workflows use. */
export async function oneCall(apiTaskQueue: string, activity: string, input: object): Promise<unknown> {
  const calls = proxyActivities<Record<string, (input: object) => Promise<unknown>>>({
    ...CALL_ACTIVITY_OPTIONS,
    taskQueue: apiTaskQueue,
  });
  return calls[activity]?.({ key: nextCallKey().key, ...input });
}
