import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { NotificationActivities } from '../../activities';
import { cutText } from '../../contract/text/cut-text';

/**
 * One attempt sends one message, and ends within 50 s. The activities run on the task queue of the workflow: messages to
 * people must not take requests from the limit of the Duvo API.
 */
const OPTIONS: ActivityOptions = {
  startToCloseTimeout: '60s',
  heartbeatTimeout: '5s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
};

const MAX_SUMMARY_CHARS = 200;

/**
 * @param summary one line for Temporal's UI, with ids only
 * @param timeout limit of all attempts and the delays between them
 */
export function proxyNotificationCall(summary: string, timeout: '1h' | '24h'): NotificationActivities {
  return proxyActivities<NotificationActivities>({
    ...OPTIONS,
    scheduleToCloseTimeout: timeout,
    summary: cutText(summary.replace(/\s+/g, ' '), MAX_SUMMARY_CHARS),
  });
}
