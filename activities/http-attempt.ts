import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { type FailureOptions, toFailure } from './failures';

/** Well below the heartbeat timeout of the activities (workflows/process/activity-proxies.ts). */
const HEARTBEAT_INTERVAL_MS = 1_000;

/**
 * Makes one HTTP request in one activity attempt. The attempt sends heartbeats while it runs, so that the server notices
 * a lost worker within seconds and a cancellation reaches the worker. An error becomes a Temporal failure.
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
 * Returns the signal that ends a read when its activity is cancelled. A mutation does not use the signal: the attempt
 * waits for the response (its timeouts limit the wait), because only the response shows whether the mutation happened.
 */
export function cancellationSignal(): AbortSignal {
  return Context.current().cancellationSignal;
}

/**
 * Returns the Idempotency-Key of a mutation: a digest of the key that the workflow gave to the step, and of the content
 * that is sent. Every attempt of a step sends the same key. When a workflow is reset and repeats a step with other
 * content, Duvo gets another key, so the request is a new one and no conflict with the first. A digest is a valid
 * header value, whatever characters the workflow id has.
 */
export function idempotencyKey(step: string, content: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([step, content]))
    .digest('hex');
}
