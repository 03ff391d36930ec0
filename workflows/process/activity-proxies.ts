import { type ActivityOptions, ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { DuvoActivities } from '../../activities';

/**
 * How the Duvo activities are run. One attempt is one HTTP try, which its own time-outs end within 70 s; a worker that
 * dies in it is noticed by the missing heartbeat, long before.
 */
const ATTEMPT_OPTIONS: ActivityOptions = { startToCloseTimeout: '90s', heartbeatTimeout: '3s' };

/**
 * Every poll counts as an attempt, so the coefficient must be 1: with any other, a poll that is lost with its worker
 * would be tried again after an exponent of all polls so far. Faults and unchanged runs bring their own delay.
 */
const WATCH_ACTIVITY_OPTIONS: ActivityOptions = {
  ...ATTEMPT_OPTIONS,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1s', backoffCoefficient: 1 },
};

/**
 * Whether a call that is cancelled half-way has happened is only known from its answer: so that is waited for. Between
 * attempts a cancel takes effect at once.
 */
export const CALL_ACTIVITY_OPTIONS: ActivityOptions = {
  ...ATTEMPT_OPTIONS,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
};

export interface CallOptions {
  taskQueue: string;
  /** One line for Temporal's UI: ids only, no texts. Cut at 200 characters. */
  summary: string;
  /** Gives up after this time, tries and waits together; milliseconds. @default never */
  giveUpAfterMs?: number;
}

export function proxyRunWatch({ taskQueue, summary }: CallOptions): Pick<DuvoActivities, 'awaitRunChange'> {
  return proxyActivities<DuvoActivities>({ ...WATCH_ACTIVITY_OPTIONS, taskQueue, summary: toSummaryLine(summary) });
}

export function proxyDuvoCall({
  taskQueue,
  summary,
  giveUpAfterMs,
}: CallOptions): Omit<DuvoActivities, 'awaitRunChange'> {
  const timeout = giveUpAfterMs === undefined ? {} : { scheduleToCloseTimeout: giveUpAfterMs };
  return proxyActivities<DuvoActivities>({
    ...CALL_ACTIVITY_OPTIONS,
    ...timeout,
    taskQueue,
    summary: toSummaryLine(summary),
  });
}

function toSummaryLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 200);
}
