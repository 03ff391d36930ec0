import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DuvoError, type DuvoErrorKind } from '../duvo';

/** Failure types of single Duvo calls (docs/reference/failures.md). */
export const CallFailureTypes = {
  connection: 'Duvo.ConnectionFailed',
  timeout: 'Duvo.Timeout',
  'rate-limited': 'Duvo.RateLimited',
  server: 'Duvo.ServerError',
  unauthorized: 'Duvo.Unauthorized',
  forbidden: 'Duvo.Forbidden',
  'not-found': 'Duvo.NotFound',
  conflict: 'Duvo.Conflict',
  'too-large': 'Duvo.TooLarge',
  'invalid-request': 'Duvo.InvalidRequest',
  refused: 'Duvo.RequestRefused',
  'contract-violation': 'Duvo.ContractViolation',
  'not-supported': 'Duvo.NotSupported',
  'not-in-dialect': 'Duvo.NotInDialect',
  'invalid-input': 'Duvo.InvalidInput',
  aborted: 'Duvo.Aborted',
} as const satisfies Record<DuvoErrorKind, string>;

/** The type of the benign failure of a poll that found nothing new. */
export const RUN_UNCHANGED = 'Duvo.RunUnchanged';

const RETRYABLE_KINDS: ReadonlySet<DuvoErrorKind> = new Set([
  'connection',
  'timeout',
  'rate-limited',
  'server',
  'aborted',
]);

/** Whether another attempt may succeed. */
export function isRetryable({ kind }: DuvoError): boolean {
  return RETRYABLE_KINDS.has(kind);
}

/** How long a 409 is retried while Duvo may still work on the first request of the same key. */
const MAX_IN_FLIGHT_WAIT_MS = 10 * 60_000;

/**
 * The maximum delay that Duvo can request for the next attempt. A longer delay is most likely an error of the server, and
 * nobody would notice that the work waits.
 */
export const MAX_RETRY_DELAY_MS = 3_600_000;

export interface FailureOptions {
  /** The minimum delay of the next attempt, in milliseconds. @default the delay of the activity's retry policy */
  minDelayMs?: number;
  /** The maximum delay of the next attempt, in milliseconds. @default {@link MAX_RETRY_DELAY_MS} */
  maxDelayMs?: number;
  /** Whether a 409 may mean that the first request of the same key is still in flight. @default false */
  conflictMayBeInFlight?: boolean | ((error: DuvoError) => boolean);
  /**
   * Whether a response that cannot be read is retried, because the next attempt first searches for the effect of this
   * one. @default false
   */
  retryUnreadable?: boolean;
}

/**
 * Turns a Duvo error into a Temporal failure. This is the only place that does it (docs/reference/failures.md has the
 * table). The failure is short, since Temporal cuts it at 4 KB, and contains neither a secret nor a body.
 */
export function toFailure(error: unknown, options: FailureOptions = {}): Error {
  if (!(error instanceof DuvoError)) return error instanceof Error ? error : new Error(String(error));
  if (error.kind === 'aborted' && Context.current().cancellationSignal.aborted) {
    return new CancelledFailure('the call was aborted: its activity was cancelled');
  }
  const { kind, operation, method, path, status, code, requestId, field } = error;
  const retryable =
    isRetryable(error) ||
    (kind === 'contract-violation' && options.retryUnreadable) ||
    (kind === 'conflict' && isConflictRetryable(error, options));
  const nextRetryDelay = retryable ? retryDelayMs(error.retryAfterMs, options) : undefined;
  return ApplicationFailure.create({
    message: error.message,
    type: CallFailureTypes[kind],
    nonRetryable: !retryable,
    details: [{ operation, method, path, status, code, requestId, field }],
    ...(nextRetryDelay !== undefined && { nextRetryDelay }),
  });
}

function isConflictRetryable(error: DuvoError, { conflictMayBeInFlight = false }: FailureOptions): boolean {
  const mayBeInFlight =
    typeof conflictMayBeInFlight === 'function' ? conflictMayBeInFlight(error) : conflictMayBeInFlight;
  return mayBeInFlight && activityAgeMs() < MAX_IN_FLIGHT_WAIT_MS;
}

/**
 * Returns the failure of a poll that found nothing new. Temporal logs a benign failure at DEBUG, does not count it as a
 * failure, and starts the next attempt after the delay.
 */
export function unchangedFailure(runId: string, status: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `run ${runId} is ${status}; the next poll is in ${(delayMs / 1000).toFixed(1)} s`,
    type: RUN_UNCHANGED,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: delayMs,
  });
}

/** Returns the time since the activity was scheduled, in milliseconds of Temporal's clock, as time skipping requires. */
export function activityAgeMs(): number {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = Context.current().info;
  return Math.max(0, currentAttemptScheduledTimestampMs - scheduledTimestampMs);
}

/**
 * Returns the delay of the next attempt: not less than Duvo requests, and up to a tenth more, so that the attempts of
 * many activities do not all start at the same moment. Without a requested delay (0, or a date in the past), the retry
 * policy applies: Temporal reads a delay of zero as "never retry".
 */
function retryDelayMs(
  retryAfterMs = 0,
  { minDelayMs = 0, maxDelayMs = MAX_RETRY_DELAY_MS }: FailureOptions,
): number | undefined {
  const delay = Math.round(Math.max(Math.min(retryAfterMs, maxDelayMs), minDelayMs) * (1 + Math.random() / 10));
  return delay > 0 ? delay : undefined;
}
