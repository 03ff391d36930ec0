/**
 * The gate of the request that a read shows. A request has more than one gate when its gate was closed although nobody had
 * answered: reads that lagged did not show the request, or an answer was lost. No closed gate is opened again, because its
 * receipt is written; the request gets another gate.
 */
import type { RunSnapshot } from '../../../activities';
import { MAX_STALE_REQUEST_MS } from '../../../contract/run-plan';
import { type GateBook, type GateRecord, type GateTerms, listOpenGates, openGate } from '../../gates/gate-book';
import { isUnseen } from '../../gates/unseen-request';

/** Returns the id of the gate's request in Duvo. */
export function requestIdOf({ gate, reopened }: GateRecord): string {
  return reopened?.requestId ?? gate.gateId;
}

/** Returns the last gate of a request. */
export function findGateOfRequest(book: GateBook, requestId: string | undefined): GateRecord | undefined {
  return book.gates.findLast((record) => requestIdOf(record) === requestId);
}

/**
 * Opens a gate for a request that a read shows, unless the request has an open gate, or the read may be outdated: Duvo has
 * accepted an answer a moment ago, or the gate of another request is open.
 */
export function openGateOfRequest(
  book: GateBook,
  { id, ...request }: NonNullable<RunSnapshot['request']>,
  now: number,
  terms: GateTerms & { openedAt: number },
): void {
  const last = findGateOfRequest(book, id);
  if (!last) {
    openGate(book, { ...request, gateId: id, source: 'duvo' }, now, terms);
    return;
  }
  const isAnotherOpen = listOpenGates(book).some((record) => !isUnseen(record));
  if (isAnotherOpen || now < (shownUntilMs(last) ?? now)) return;
  const nth = (last.reopened?.nth ?? 1) + 1;
  const record = openGate(book, { ...request, gateId: `${id}~${nth}`, source: 'duvo' }, now, terms);
  record.reopened = { requestId: id, nth };
}

/**
 * Returns until when a read may show the request of a closed gate as open although Duvo has accepted an answer to it;
 * `undefined` when Duvo has accepted none from this workflow.
 */
export function shownUntilMs({ acceptedByDuvoAtMs }: GateRecord): number | undefined {
  return acceptedByDuvoAtMs === undefined ? undefined : acceptedByDuvoAtMs + MAX_STALE_REQUEST_MS;
}
