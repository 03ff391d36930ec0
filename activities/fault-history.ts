import type { FaultHistory, FaultSpan } from '../contract/read-faults';
import type { DuvoError, DuvoErrorKind } from '../duvo';

/** Kinds of errors after which another attempt may succeed, whatever the call is. */
const TRANSIENT_KINDS: ReadonlySet<DuvoErrorKind> = new Set([
  'connection',
  'timeout',
  'rate-limited',
  'server',
  'aborted',
]);

/** Kinds of errors that no answer of Duvo can change, because nothing was sent. */
const UNSENT_KINDS: ReadonlySet<DuvoErrorKind> = new Set(['invalid-input', 'not-in-dialect', 'not-supported']);

/** A fault lasts at least this many attempts before a read gives up, since a long poll interval has few attempts. */
const MIN_FAULTY_ATTEMPTS = 5;

/**
 * What an error says about a read. `transient`: nothing, and Duvo will recover. `unreadable`: nothing, but a proxy, a
 * credential or another version of the API may be the cause, so that the error may last for ever. `refused`: the API refuses
 * the read in its own words. `final`: nothing was sent.
 */
export type ReadVerdict = 'transient' | 'unreadable' | 'refused' | 'final';

export function isTransient({ kind }: DuvoError): boolean {
  return TRANSIENT_KINDS.has(kind);
}

/** Judges the error of a read. A 401 or 403 says something about the credential, and nothing about the resource. */
export function judgeRead(error: DuvoError): ReadVerdict {
  if (isTransient(error)) return 'transient';
  if (UNSENT_KINDS.has(error.kind)) return 'final';
  const isRefusal = error.kind === 'not-found' || error.kind === 'invalid-request';
  return isRefusal && error.hasErrorBody ? 'refused' : 'unreadable';
}

/** How long a read is retried that Duvo does not answer with a verdict. Times are in milliseconds. */
export interface ReadPolicy {
  /** Counts from the first such answer. At least five attempts are made. */
  timeoutMs: number;
  /** How long the API must repeat, in its own words, that it refuses the read. @default the refusal is believed at once */
  refusalCheckMs?: number;
  /** Failure type after that time. @default the type of the last attempt */
  timeoutType?: string;
}

/** `gone`: the API says, repeatedly where the policy requires it, that the resource does not exist. */
export type ReadDecision = 'retry' | 'gone' | 'fail';

/**
 * Decides what follows from the faults of a read; `error` is the last of them. Only this function decides that a resource
 * is gone. `now` is Temporal's time.
 */
export function decideRead(
  error: DuvoError,
  history: FaultHistory,
  { timeoutMs, refusalCheckMs = 0 }: ReadPolicy,
  now: number,
): ReadDecision {
  const verdict = judgeRead(error);
  if (verdict === 'transient') return 'retry';
  if (verdict === 'unreadable')
    return hasLasted(history.unreadable, timeoutMs, MIN_FAULTY_ATTEMPTS, now) ? 'fail' : 'retry';
  if (verdict === 'final') return 'fail';
  if (!hasLasted(history.refused, refusalCheckMs, refusalCheckMs > 0 ? 2 : 1, now)) return 'retry';
  return error.kind === 'not-found' ? 'gone' : 'fail';
}

/**
 * Adds an error, of this failure type, to the faults of the attempts before it. A refusal is believed when it is
 * repeated, so any other fault begins its series anew. `now` is Temporal's time.
 */
export function addFault(history: FaultHistory | undefined, error: DuvoError, type: string, now: number): FaultHistory {
  const { kind, status, code, requestId, field } = error;
  const { sinceMs = now, attempts = 0, last, conflict, unreadable, refused } = history ?? {};
  const verdict = judgeRead(error);
  const isSameType = last?.type === type;
  const isRepeated = isSameType && last.status === status;
  return {
    sinceMs,
    attempts: attempts + 1,
    last: { type, ...defined({ status, code, requestId, field }), times: isRepeated ? last.times + 1 : 1 },
    ...defined({
      conflict: kind === 'conflict' ? extend(conflict, now) : conflict,
      unreadable: verdict === 'unreadable' ? extend(unreadable, now) : unreadable,
      refused: verdict === 'refused' ? extend(isSameType ? refused : undefined, now) : undefined,
    }),
  };
}

/** Whether 409 has been the answer for so long that Duvo does not work on an earlier request of the same key. */
export function isConflictTooLong({ conflict }: FaultHistory, timeoutMs: number, now: number): boolean {
  return hasLasted(conflict, timeoutMs, 1, now);
}

function hasLasted(span: FaultSpan | undefined, timeoutMs: number, minTimes: number, now: number): boolean {
  return span !== undefined && span.times >= minTimes && now - span.sinceMs >= timeoutMs;
}

function extend(span: FaultSpan | undefined, now: number): FaultSpan {
  return { sinceMs: span?.sinceMs ?? now, times: (span?.times ?? 0) + 1 };
}

function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
