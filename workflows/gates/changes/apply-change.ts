/** Changes of a gate by hand. The code is pure, and time is an argument. */
import type { ComputedDue } from '../../../activities';
import { FailureTypes } from '../../../contract/failures';
import { type ChangeKind, findChangeFormatProblem } from '../../../contract/gates/change-format';
import { parseDueTime } from '../../../contract/gates/times/due-times';
import type {
  ChangeGateResult,
  GateChange,
  GateExtension,
  GateReassignment,
} from '../../../contract/gates/gate-changes';
import { addGateEvent } from '../../../contract/gates/gate-events';
import { findUndecidedGate, type GateRefusal } from '../find-gate';
import { applyComputedDue, setDue } from '../due-date';
import { acceptAnswer, closeGate } from '../gate-book';
import type { GateBook, GateRecord } from '../gate-types';
import { addReceipt } from '../receipt-log';
import { applyReassignment, findReassignmentProblem, type NewApprovers } from './reassignment';

/** A change of any kind; only its own update reads a field that one kind has. */
export type Change = GateChange & Partial<GateReassignment & GateExtension>;

export type ChangeCheck =
  | { fits: true; record: GateRecord }
  | GateRefusal<'Duvo.ChangeInvalid' | 'Duvo.ChangeNotAllowed' | 'Duvo.GateClosed' | 'Duvo.GateUnknown'>;

/**
 * Checks whether a person may make a change; if not, the result has the reason. The book does not change.
 *
 * @param now refuses a due time in the past. @default no time is refused
 */
export function checkChange(book: GateBook, kind: ChangeKind, change: Change, now?: number): ChangeCheck {
  const problem = findChangeFormatProblem(kind, change);
  if (problem) return { fits: false, type: FailureTypes.ChangeInvalid, reason: problem };
  const found = findUndecidedGate(book, change.gateId);
  if (!found.fits) return found;
  const { record } = found;
  if (!isAdmin(record, change)) {
    const reason = "the gate's policy does not name this person, or a group of this person, as admin";
    return { fits: false, type: FailureTypes.ChangeNotAllowed, reason };
  }
  const reason = findChangeMismatch(record, kind, change, now);
  return reason === undefined ? found : { fits: false, type: FailureTypes.ChangeInvalid, reason };
}

/**
 * Applies a change that {@link checkChange} has found to fit.
 *
 * @param computedDue the due time of an extension by a business duration
 */
export function applyChange(
  book: GateBook,
  record: GateRecord,
  kind: ChangeKind,
  change: Change,
  now: number,
  computedDue?: ComputedDue,
): void {
  const { gate } = record;
  const { gateId, by, groups, reason } = change;
  const at = new Date(now).toISOString();
  const person = { gateId, by, ...(groups && { groups }), comment: reason, via: 'update' as const };
  if (kind === 'withdrawGate') {
    acceptAnswer(record, person);
    return closeGate(book, record, 'withdrawn', now, { by, comment: reason, via: 'update' });
  }
  record.changes = (record.changes ?? 0) + 1;
  if (kind === 'reassignGate') {
    const assigned = toNewApprovers(change);
    applyReassignment(record, assigned);
    addGateEvent(gate, { type: 'reassigned', at, by, reason, mode: assigned.mode, to: assigned.approvers });
    const receipt = { verdict: 'reassigned', approvers: gate.policy?.approvers } as const;
    return addReceipt(book.receipts, { ...gate, at }, person, { change: receipt });
  }
  if (computedDue) applyComputedDue(record, String(change.due), computedDue);
  else setDue(record, change.due ?? 0, now);
  addGateEvent(gate, { type: 'extended', at, by, reason, due: gate.due });
  addReceipt(book.receipts, { ...gate, at }, person, { change: { verdict: 'extended', due: gate.due } });
}

export function toChangeResult({ gate }: GateRecord, now: number): ChangeGateResult {
  const { gateId, status, outcome, due, policy } = gate;
  return {
    gateId,
    status,
    ...(outcome && { outcome }),
    at: new Date(now).toISOString(),
    ...(due && { due }),
    ...(policy?.approvers && { approvers: policy.approvers }),
  };
}

function isAdmin({ gate: { policy } }: GateRecord, { by, groups }: GateChange): boolean {
  return policy?.admins?.some((name) => name === by || groups?.includes(name)) ?? true;
}

/** In JSON, a field that is `null` counts as absent. */
function toNewApprovers({ approvers = [], mode, quorum }: Change): NewApprovers {
  return { approvers, mode: mode ?? 'replace', ...(quorum && { quorum }) };
}

function findChangeMismatch(record: GateRecord, kind: ChangeKind, change: Change, now = -Infinity): string | undefined {
  if (kind === 'reassignGate') return findReassignmentProblem(record, toNewApprovers(change));
  if (kind === 'extendGate') {
    const due = parseDueTime(change.due ?? 0);
    if ('business' in due && !record.calendar)
      return 'due: the policy of this gate has no calendar: give a time, or a duration such as 8h';
    return 'atMs' in due && due.atMs <= now ? 'due: is in the past: give a later time, or a duration' : undefined;
  }
  return undefined;
}
