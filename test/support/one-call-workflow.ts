import { proxyActivities } from '@temporalio/workflow';
import { CALL } from '../../workflows/process/duvo-activities';
import { nextStep } from '../../workflows/process/step-key';

/** One Duvo call that changes something, run as the library's own workflows run it. */
export async function oneCall(apiTaskQueue: string, activity: string, input: object): Promise<unknown> {
  const calls = proxyActivities<Record<string, (input: object) => Promise<unknown>>>({
    ...CALL,
    taskQueue: apiTaskQueue,
  });
  return calls[activity]?.({ key: nextStep().key, ...input });
}
