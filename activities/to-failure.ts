import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isIdempotencyCode } from '../contract/failures';
import type { FaultHistory } from '../contract/read-faults';
import { DuvoError, type DuvoErrorKind } from '../duvo';
import { attemptTimeMs } from './activity-clock';
import { addFault, decideRead, isConflictTooLong, isTransient, judgeRead, type ReadPolicy } from './fault-history';

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
  /** How long such a 409 is retried, in milliseconds from the first one. @default ten minutes */
  conflictTimeoutMs?: number;
  /**
   * Whether a response that cannot be read is retried, because the next attempt first searches for the effect of this
   * one. @default false
   */
  retryUnreadable?: boolean;
  /**
   * How a call that changes something is retried after a response that says nothing about its content: a page of a proxy, a
   * refused credential, or a resource that is not found. For calls that read their effect before they are repeated, and for
   * calls whose repetition does no harm.
   * @default such a response is final
   */
  undecided?: ReadPolicy;
  /** Whether the call reads although its request may be a POST, as in the hosted MCP server. @default whether it is a GET */
  isRead?: boolean;
  /** How a read is retried. @default {@link DEFAULT_READ_POLICY} */
  read?: ReadPolicy;
}

/** How long a 409 is retried while Duvo may still work on the first request of the same key. */
const MAX_IN_FLIGHT_WAIT_MS = 10 * 60_000;

const DEFAULT_READ_POLICY: ReadPolicy = { timeoutMs: 10 * 60_000 };

/**
 * Turns a Duvo error into a Temporal failure. This is the only place that does it (docs/reference/failures.md has the
 * table). The failure is short, since Temporal cuts it at 4 KB, and contains neither a secret nor a body.
 *
 * @param faults the faults of this step, with this one. @default this one only
 */
export function toFailure(error: unknown, options: FailureOptions = {}, faults?: FaultHistory): Error {
  if (!(error instanceof DuvoError)) return error instanceof Error ? error : new Error(String(error));
  if (error.kind === 'aborted' && Context.current().cancellationSignal.aborted) {
    return new CancelledFailure('the call was aborted: its activity was cancelled');
  }
  const { kind, operation, method, path, status, code, requestId, field } = error;
  const retryable = shouldRetry(error, options, faults ?? toFaultHistory(error));
  const nextRetryDelay = retryable ? retryDelayMs(error.retryAfterMs, options) : undefined;
  const hasTimedOut = isRead(error, options) && !retryable && judgeRead(error) !== 'final';
  const timeoutType = hasTimedOut ? options.read?.timeoutType : undefined;
  return ApplicationFailure.create({
    message: error.message,
    type: timeoutType ?? CallFailureTypes[kind],
    nonRetryable: !retryable,
    details: [{ operation, method, path, status, code, requestId, field }],
    ...(nextRetryDelay !== undefined && { nextRetryDelay }),
  });
}

/** Adds an error to the faults of the attempts before it. */
export function toFaultHistory(error: DuvoError, earlier?: FaultHistory): FaultHistory {
  return addFault(earlier, error, CallFailureTypes[error.kind], attemptTimeMs());
}

/**
 * Whether a response to a call that changes something says that Duvo does not accept the content. A code about the
 * idempotency key says that Duvo has another request of this key, and nothing about the content.
 */
export function isVerdictOnContent({ kind, hasErrorBody, code }: DuvoError): boolean {
  if (isIdempotencyCode(code)) return false;
  return kind === 'conflict' || kind === 'too-large' || (kind === 'invalid-request' && hasErrorBody === true);
}

function shouldRetry(error: DuvoError, options: FailureOptions, history: FaultHistory): boolean {
  if (isTransient(error)) return true;
  const now = attemptTimeMs();
  if (isRead(error, options)) return decideRead(error, history, options.read ?? DEFAULT_READ_POLICY, now) === 'retry';
  if (options.undecided && error.kind !== 'conflict' && !isVerdictOnContent(error))
    return decideRead(error, history, options.undecided, now) === 'retry';
  if (error.kind === 'contract-violation') return options.retryUnreadable === true;
  if (error.kind !== 'conflict') return false;
  const { conflictMayBeInFlight = false, conflictTimeoutMs = MAX_IN_FLIGHT_WAIT_MS } = options;
  const isCandidate =
    typeof conflictMayBeInFlight === 'function' ? conflictMayBeInFlight(error) : conflictMayBeInFlight;
  return isCandidate && !isConflictTooLong(history, conflictTimeoutMs, now);
}

function isRead({ method }: DuvoError, options: FailureOptions): boolean {
  return options.isRead ?? method === 'GET';
}

/**
 * Returns the failure of a poll that found nothing new. Temporal logs a benign failure at DEBUG, does not count it as a
 * failure, and starts the next attempt after the delay.
 *
 * @param subject what was polled, with its kind: `run 42`, `case 42`, `workflow 42`
 */
export function unchangedFailure(subject: string, status: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `${subject} is ${status}; the next poll is in ${(delayMs / 1000).toFixed(1)} s`,
    type: RUN_UNCHANGED,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: delayMs,
  });
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
