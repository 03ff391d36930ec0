/** The gate of a run that waits for a person while Duvo does not show for what. It can be answered in Duvo only. */
import { listOpenGates, openGate } from './gate-book';
import type { GateBook, GateRecord, GateTerms } from './gate-types';

/** Duvo's own ids are UUIDs. */
const GATE_ID_PREFIX = 'waiting-';

/** Returns the open gate of a request that Duvo does not show, while the run waits. */
export function findUnseenGate(book: GateBook, status: string): GateRecord | undefined {
  return status === 'waiting' ? listOpenGates(book).find(isUnseen) : undefined;
}

/** Whether the run waits for a person although Duvo returned no request and no gate is open for the wait. */
export function isRequestUnseen(run: GateBook & { status: string; lastSeen: { requestId?: string } }): boolean {
  const { status, lastSeen } = run;
  return status === 'waiting' && lastSeen.requestId === undefined && !findUnseenGate(run, status);
}

export function isUnseen({ gate }: GateRecord): boolean {
  return gate.type === 'unknown' && gate.gateId.startsWith(GATE_ID_PREFIX);
}

export function openUnseenGate(book: GateBook, runId: string, now: number, terms: GateTerms): void {
  const nth = book.gates.length + (book.omittedGates ?? 0) + 1;
  const request = {
    gateId: `${GATE_ID_PREFIX}${nth}`,
    source: 'duvo' as const,
    type: 'unknown' as const,
    title: 'The run waits for a person, and Duvo does not show for what',
    description: `Open run ${runId} in Duvo and answer it there.`,
  };
  openGate(book, request, now, terms);
}
