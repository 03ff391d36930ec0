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
 * credential or another version of the API may cause it, so it may last for ever. `refused`: the API refuses the read in
 * its own words. `final`: nothing was sent.
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

/** Adds an error, of this failure type, to the faults of the attempts before it. `now` is Temporal's time. */
export function addFault(history: FaultHistory | undefined, error: DuvoError, type: string, now: number): FaultHistory {
  const { kind, status, code, requestId, field } = error;
  const { sinceMs = now, attempts = 0, last, conflict, unreadable, refused } = history ?? {};
  const verdict = judgeRead(error);
  const isRepeated = last?.type === type && last.status === status;
  return {
    sinceMs,
    attempts: attempts + 1,
    last: { type, ...defined({ status, code, requestId, field }), times: isRepeated ? last.times + 1 : 1 },
    ...defined({
      conflict: kind === 'conflict' ? extend(conflict, now) : conflict,
      unreadable: verdict === 'unreadable' ? extend(unreadable, now) : unreadable,
      refused: verdict === 'refused' ? extend(refused, now) : refused,
    }),
  };
}

/** Whether 409 has been the answer for so long that Duvo does not work on an earlier request of the same key. */
export function isConflictTooLong({ conflict }: FaultHistory, timeoutMs: number, now: number): boolean {
  return hasLasted(conflict, timeoutMs, 1, now);
}

/** Whether Duvo has refused a read, in its own words, for so long that the refusal is believed. */
export function isRefusalConfirmed({ refused }: FaultHistory, checkMs: number, now: number): boolean {
  return hasLasted(refused, checkMs, checkMs > 0 ? 2 : 1, now);
}

/** Whether a read has been answered without a verdict for so long that it gives up. */
export function isUnreadableTooLong({ unreadable }: FaultHistory, timeoutMs: number, now: number): boolean {
  return hasLasted(unreadable, timeoutMs, MIN_FAULTY_ATTEMPTS, now);
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
