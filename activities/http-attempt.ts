import { Context } from '@temporalio/activity';
import { type FailureOptions, toFailure } from './failures';

/** Well under the heartbeat time-out of the activities (workflows/duvo-activities.ts). Milliseconds. */
const HEARTBEAT_INTERVAL_MS = 1_000;

/**
 * One HTTP try as one activity attempt: heartbeats while it runs, so that a lost worker is noticed in seconds and a
 * cancellation arrives; what goes wrong leaves as a Temporal failure.
 */
export async function runHttpAttempt<T>(
  call: () => Promise<T>,
  options?: FailureOptions,
  heartbeatDetails?: () => unknown,
): Promise<T> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(heartbeatDetails?.()), HEARTBEAT_INTERVAL_MS);
  try {
    return await call();
  } catch (error) {
    throw toFailure(error, options);
  } finally {
    clearInterval(heartbeat);
  }
}

/**
 * The signal that ends a reading call when its activity is cancelled. A mutation under way does not take it: it is
 * awaited (its time-outs bound it), because only its answer tells whether it happened.
 */
export function cancellationSignal(): AbortSignal {
  return Context.current().cancellationSignal;
}
