import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../activities';
import { cutText } from '../../contract/text/cut-text';

/**
 * One attempt makes one HTTP request, which the client's own timeouts end within 70 s. A worker that dies in an attempt
 * is noticed earlier, by the missing heartbeat.
 */
const ATTEMPT_OPTIONS: ActivityOptions = { startToCloseTimeout: '90s', heartbeatTimeout: '3s' };

/**
 * Every poll counts as an attempt, so the coefficient must be 1. With any other coefficient, a poll whose worker is lost
 * would be retried after a delay that grows with the number of all polls so far. Faults and unchanged runs set their own
 * delay.
 */
const WATCH_ACTIVITY_OPTIONS: ActivityOptions = {
  ...ATTEMPT_OPTIONS,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1s', backoffCoefficient: 1 },
};

/**
 * Only the response shows whether a call that is cancelled in the middle has happened, so a cancellation waits for the
 * response. Between two attempts a cancellation takes effect at once.
 */
export const CALL_ACTIVITY_OPTIONS: ActivityOptions = {
  ...ATTEMPT_OPTIONS,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
};

const MAX_SUMMARY_CHARS = 200;

export interface CallOptions {
  taskQueue: string;
  /** One line for Temporal's UI. It has ids only, no people's texts, and is cut at 200 characters. */
  summary: string;
  /** Limit of all attempts and the delays between them, in milliseconds. @default none */
  timeoutMs?: number;
}

export function proxyRunWatch({ taskQueue, summary }: CallOptions): Pick<DuvoActivities, 'awaitRunChange'> {
  return proxyActivities<DuvoActivities>({ ...WATCH_ACTIVITY_OPTIONS, taskQueue, summary: toSummaryLine(summary) });
}

export function proxyDuvoCall({ taskQueue, summary, timeoutMs }: CallOptions): Omit<DuvoActivities, 'awaitRunChange'> {
  return proxyActivities<DuvoActivities>({
    ...CALL_ACTIVITY_OPTIONS,
    ...(timeoutMs !== undefined && { scheduleToCloseTimeout: timeoutMs }),
    taskQueue,
    summary: toSummaryLine(summary),
  });
}

/**
 * Whether an activity ended because it was cancelled. A worker receives a cancellation with its next heartbeat. An
 * attempt that fails before that, as each poll of a watch does, is not retried, and the activity then ends with the
 * attempt's failure instead of a cancellation.
 */
export function isActivityCancellation(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED');
}

/** Returns a text as the one line of a summary, which Temporal limits. */
export function toSummaryLine(text: string): string {
  return cutText(text.replace(/\s+/g, ' '), MAX_SUMMARY_CHARS);
}
