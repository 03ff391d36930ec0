import { ActivityFailure, isCancellation } from '@temporalio/workflow';

/**
 * Whether an activity ended since it was cancelled. A worker hears of a cancel with its next heartbeat; an attempt that fails
 * before that, as each poll of a watch does, is not tried again, and what comes is its failure, not a cancellation.
 */
export function isActivityCancellation(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED');
}
