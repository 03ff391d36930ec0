import type { RunSnapshot } from '../../../activities';
import type { GateOutcome } from '../../../contract/gates/gates';
import { isTerminalStatus } from '../../../contract/runs';
import { markSeenOpen, mayHaveArrived } from '../../gates/delivery-state';
import {
  closeAnswered,
  closeGate,
  closeUnconfirmed,
  type GateBook,
  type GateRecord,
  listOpenGates,
  markAcceptedAnswerUnused,
} from '../../gates/gate-book';
import { isUnseen } from '../../gates/unseen-request';
import { findGateOfRequest, requestIdOf } from './shown-request';

export interface ReadTerms {
  /** Whether the read was made a poll interval after a read that did not show the missing requests. @default false */
  isConfirmation?: boolean;
}

/**
 * Applies a read of the run to the open gates.
 *
 * @param requestId the id of the request that the read shows, or of the gate of a request that Duvo does not show
 * @returns how long the reads before this one have missed a request
 */
export function applyReadToGates(
  book: GateBook,
  polled: RunSnapshot,
  requestId: string | undefined,
  now: number,
  terms: ReadTerms,
): number {
  const openGates = listOpenGates(book);
  const missingSinceMs = Math.min(now, ...openGates.map((record) => record.missingSinceMs ?? now));
  for (const record of openGates) {
    const isShown = requestIdOf(record) === requestId;
    if (record.gate.source === 'duvo' && !isShown) applyMissingRequest(book, record, polled, now, terms);
    else {
      delete record.missingSinceMs;
      if (polled.request) markSeenOpen(record);
    }
  }
  return now - missingSinceMs;
}

/**
 * Applies a read that does not show the request of an open gate. One read may meet a replica that lags, and nobody could
 * answer the request again once its gate is closed. So the gate is closed by a second read, unless the run cannot wait for
 * this request any more.
 */
function applyMissingRequest(
  book: GateBook,
  record: GateRecord,
  polled: RunSnapshot,
  now: number,
  { isConfirmation = false }: ReadTerms,
): void {
  const { status, request } = polled;
  const shown = request && findGateOfRequest(book, request.id);
  // The read shows a request that was open before this one.
  if (shown?.gate.status === 'closed' && !isTerminalStatus(status) && !isUnseen(record)) return;
  const isLater = request && !shown && now - polled.changedAgoMs >= Date.parse(record.gate.openedAt);
  const isConfirmed = isConfirmation && record.missingSinceMs !== undefined;
  if (isTerminalStatus(status) || isLater || isConfirmed) closeStaleGate(book, record, status, now);
  else record.missingSinceMs ??= now;
}

/** Whether the last read did not show the request of an open gate, so that another read must decide. */
export function hasMissingRequest(book: GateBook): boolean {
  return listOpenGates(book).some(({ missingSinceMs }) => missingSinceMs !== undefined);
}

/**
 * Closes a gate that the run does not wait at any more. When the delivery of an answer had started and its result is
 * unknown (the workflow was cancelled meanwhile), the gate has the answer's outcome if the run continued, and the answer
 * is marked as unconfirmed. When Duvo showed the request as open after the delivery, somebody else may have answered, so the
 * outcome is not that of the answer. An answer whose delivery had not started cannot be the one that Duvo has.
 */
function closeStaleGate(book: GateBook, record: GateRecord, status: string, now: number): void {
  const { acceptedAnswer, mayBeDeniedByStop } = record;
  const outcome = mayBeDeniedByStop ? 'withdrawn' : staleGateOutcome(status, record);
  const isSent = mayHaveArrived(record);
  if (isSent && outcome === 'answered-elsewhere' && acceptedAnswer && !acceptedAnswer.wasSeenOpen)
    return closeAnswered(book, record, acceptedAnswer, now, 'unconfirmed');
  const isPolicys = acceptedAnswer?.timedOut && outcome === 'withdrawn';
  if (isSent || mayBeDeniedByStop) return closeUnconfirmed(book, record, isPolicys ? 'timed-out' : outcome, now);
  markAcceptedAnswerUnused(book, record, now, `the gate was closed: ${outcome}`);
  closeGate(book, record, isPolicys ? 'timed-out' : outcome, now);
}

/** Returns the outcome of an open gate that the run left: the run continued, or it ended without an answer. */
function staleGateOutcome(status: string, record: GateRecord): GateOutcome {
  // Duvo shows the request now, which has a gate of its own.
  if (status === 'waiting' && isUnseen(record)) return 'withdrawn';
  // A run that had left the request before its end continued after an answer.
  const hasEndedAtGate = isTerminalStatus(status) && status !== 'completed' && record.missingSinceMs === undefined;
  return hasEndedAtGate ? 'withdrawn' : 'answered-elsewhere';
}
