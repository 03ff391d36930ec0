import type { GateOutcome } from '../../../contract/gates/gates';
import { isTerminalStatus } from '../../../contract/runs';
import { mayHaveArrived } from '../../gates/delivery-state';
import {
  closeAnswered,
  closeGate,
  closeUnconfirmed,
  type GateBook,
  type GateRecord,
  markAcceptedAnswerUnused,
} from '../../gates/gate-book';
import { isUnseen } from '../../gates/unseen-request';

/**
 * Closes a gate that the run does not wait at any more. When the delivery of an answer had started and its result is
 * unknown (the workflow was cancelled meanwhile), the gate has the answer's outcome if the run continued, and the answer
 * is marked as unconfirmed. When Duvo showed the request as open after the delivery, somebody else may have answered, so the
 * outcome is not that of the answer. An answer whose delivery had not started cannot be the one that Duvo has.
 */
export function closeStaleGate(book: GateBook, record: GateRecord, status: string, now: number): void {
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
  return isTerminalStatus(status) && status !== 'completed' ? 'withdrawn' : 'answered-elsewhere';
}
