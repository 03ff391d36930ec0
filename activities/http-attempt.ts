import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FaultHistory } from '../contract/read-faults';
import { DuvoError } from '../duvo';
import { settleAttempt } from './settled-attempts';
import { type FailureOptions, toFailure, toFaultHistory } from './to-failure';

/** Well below the heartbeat timeout of the activities (workflows/process/activity-proxies.ts). */
const HEARTBEAT_INTERVAL_MS = 1_000;

/** What an attempt leaves in its heartbeat for the next attempt, beside the details of its activity. */
interface FaultDetails {
  faults?: FaultHistory;
}

export interface AttemptOptions<T> extends FailureOptions {
  /** The faults before the first attempt. */
  earlierFaults?: FaultHistory;
  /**
   * Called with the faults so far, this attempt's included, and the failure of this attempt. May return a result of the
   * activity in place of the failure.
   */
  onFault?: (faults: FaultHistory, failure: ApplicationFailure, error: DuvoError) => T | undefined;
}

/**
 * Makes one HTTP request in one activity attempt. The attempt sends heartbeats while it runs, so that the server notices
 * a lost worker within seconds and a cancellation reaches the worker. An error becomes a Temporal failure. The heartbeat
 * details have the faults of all attempts, because a limit counts from the first fault of its kind. An attempt with
 * details of its own settles them when it fails.
 */
export async function runHttpAttempt<T>(
  call: () => Promise<T>,
  options: AttemptOptions<T> = {},
  heartbeatDetails?: () => object,
): Promise<T> {
  const context = Context.current();
  let faults = readFaults(options.earlierFaults);
  const sendHeartbeat = (further: object = {}) =>
    context.heartbeat({ ...heartbeatDetails?.(), ...(faults && { faults }), ...further });
  const heartbeat = setInterval(() => sendHeartbeat(), HEARTBEAT_INTERVAL_MS);
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof DuvoError)) {
      if (heartbeatDetails) sendHeartbeat(settleAttempt());
      throw error;
    }
    faults = toFaultHistory(error, faults);
    const failure = toFailure(error, options, faults);
    const result = failure instanceof ApplicationFailure ? options.onFault?.(faults, failure, error) : undefined;
    if (result !== undefined) return result;
    sendHeartbeat(settleAttempt());
    throw failure;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Does work without a request, and sends heartbeats meanwhile. */
export async function withHeartbeats<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
  }
}

/** Returns the faults of the attempts before this one. */
export function readFaults(earlierFaults?: FaultHistory): FaultHistory | undefined {
  const details = Context.current().info.heartbeatDetails as FaultDetails | undefined;
  return details?.faults ?? earlierFaults;
}

/** Forgets the faults: this attempt had a good answer, although its activity continues. */
export function forgetFaults(): void {
  if (readFaults()) Context.current().heartbeat({});
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
