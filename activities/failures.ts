import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DuvoError, type DuvoErrorKind } from '../duvo';

/** Failure types of single Duvo calls. They stand in histories: changed by addition only. */
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

/** Not a fault: an attempt of the watch saw nothing new. */
export const RUN_UNCHANGED = 'Duvo.RunUnchanged';

const RETRYABLE_KINDS: ReadonlySet<DuvoErrorKind> = new Set([
  'connection',
  'timeout',
  'rate-limited',
  'server',
  'aborted',
]);

/** Whether another attempt may go better. */
export function isRetryable({ kind }: DuvoError): boolean {
  return RETRYABLE_KINDS.has(kind);
}

/** A 409 while the first request of the same key is in flight is worth waiting for, this long, in milliseconds. */
const MAX_IN_FLIGHT_WAIT_MS = 10 * 60_000;

export interface FailureOptions {
  /** The soonest next attempt, in milliseconds: of a poll, its interval. @default the activity's retry policy */
  minDelayMs?: number;
  /** Whether a 409 may mean that the first request of the same key is still in flight. @default false */
  conflictMayBeInFlight?: boolean | ((error: DuvoError) => boolean);
  /** Whether the next attempt looks for what was done by a request whose answer cannot be read. @default false */
  retryUnreadable?: boolean;
}

/**
 * The one place where a Duvo error becomes a Temporal failure (docs/guarantees.md has the table). The failure is short,
 * since Temporal cuts it at 4 KB, and holds neither a secret nor a body.
 */
export function toFailure(error: unknown, options: FailureOptions = {}): Error {
  if (!(error instanceof DuvoError)) return error instanceof Error ? error : new Error(String(error));
  if (error.kind === 'aborted' && Context.current().cancellationSignal.aborted) {
    return new CancelledFailure('the call was aborted: its activity was cancelled');
  }
  const { kind, operation, method, path, status, code, requestId, field } = error;
  const { conflictMayBeInFlight: inFlight = false } = options;
  const retryable =
    isRetryable(error) ||
    (kind === 'contract-violation' && options.retryUnreadable) ||
    (kind === 'conflict' &&
      (typeof inFlight === 'function' ? inFlight(error) : inFlight) &&
      activityAgeMs() < MAX_IN_FLIGHT_WAIT_MS);
  const nextRetryDelay = retryable ? retryDelayMs(error.retryAfterMs, options.minDelayMs) : undefined;
  return ApplicationFailure.create({
    message: error.message,
    type: CallFailureTypes[kind],
    nonRetryable: !retryable,
    details: [{ operation, method, path, status, code, requestId, field }],
    ...(nextRetryDelay !== undefined && { nextRetryDelay }),
  });
}

/** The attempt of a watch that saw nothing new: logged at DEBUG, not counted as a failure, tried again after the delay. */
export function unchangedFailure(runId: string, status: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `run ${runId} is ${status}; the next look is in ${(delayMs / 1000).toFixed(1)} s`,
    type: RUN_UNCHANGED,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: delayMs,
  });
}

/** Time since the activity was scheduled, in milliseconds of Temporal's clock: right under time skipping as well. */
export function activityAgeMs(): number {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = Context.current().info;
  return Math.max(0, currentAttemptScheduledTimestampMs - scheduledTimestampMs);
}

/**
 * Never sooner than Duvo asks for; up to a tenth later, so that those who wait do not come back all at once. When it asks
 * for no time (0, a date that is over), the retry policy's own holds: Temporal takes a delay of zero for "never again".
 */
function retryDelayMs(retryAfterMs: number | undefined, minDelayMs: number | undefined): number | undefined {
  const delay = Math.round(Math.max(retryAfterMs ?? 0, minDelayMs ?? 0) * (1 + Math.random() / 10));
  return delay > 0 ? delay : undefined;
}
