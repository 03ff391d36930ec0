/** What happens to an open gate at its times. The code is pure, and time is an argument. */
import { toMs } from '../../../contract/durations';
import { addGateEvent } from '../../../contract/gates/gate-events';
import { peopleOf } from '../../../contract/gates/gate-summary';
import { setEscalation, setNextReminder } from '../gate-clock';
import type { EscalationTime, GateBook, GateRecord, GateTime, ReminderTime } from '../gate-types';
import { addReceipt } from '../receipt-log';
import { applyReassignment, findReassignmentProblem } from './reassignment';

/** Ends the wait for a gate, as its `onTimeout` says. */
export type ApplyTimeout = (record: GateRecord) => void;

/**
 * Returns what happens at an open gate, by the times for which timers must run. An accepted answer stops them: it is being
 * delivered.
 */
export function findGateTimes(
  book: GateBook,
  record: GateRecord,
  applyTimeout: ApplyTimeout,
): Map<GateTime, (now: number) => void> {
  const times = new Map<GateTime, (now: number) => void>();
  const { gate, acceptedAnswer, due, escalation, reminders = [] } = record;
  if (gate.status !== 'open' || acceptedAnswer) return times;
  if (due) times.set(due, () => applyTimeout(record));
  if (escalation) times.set(escalation, (now) => applyEscalation(book, record, escalation, now, applyTimeout));
  for (const reminder of reminders) times.set(reminder, (now) => applyReminder(record, reminder, now));
  return times;
}

function applyReminder(record: GateRecord, reminder: ReminderTime, now: number): void {
  if (!isWaiting(record)) return;
  setNextReminder(record, reminder);
  const { approvers, answeredBy = [] } = peopleOf(record.gate);
  const to = approvers?.filter((name) => !answeredBy.includes(name));
  addGateEvent(record.gate, { type: 'reminded', at: new Date(now).toISOString(), ...(to && { to }) });
}

function applyEscalation(
  book: GateBook,
  record: GateRecord,
  { step, atMs }: EscalationTime,
  now: number,
  applyTimeout: ApplyTimeout,
): void {
  if (!isWaiting(record)) return;
  const { gate } = record;
  const { after = 0, to = [], mode = 'add', then } = gate.policy?.escalation?.[step] ?? {};
  setEscalation(record, step + 1, atMs - toMs(after));
  record.changes = (record.changes ?? 0) + 1;
  const at = new Date(now).toISOString();
  if (then) {
    addGateEvent(gate, { type: 'escalated', at, then });
    if (then === 'hold') return;
    record.onTimeout = then;
    return applyTimeout(record);
  }
  // A change by hand may have left a policy in which these approvers have no place.
  const reason = findReassignmentProblem(record, { approvers: to, mode });
  addGateEvent(gate, { type: 'escalated', at, mode, to, ...(reason && { reason: `not applied: ${reason}` }) });
  if (reason) return;
  applyReassignment(record, { approvers: to, mode });
  addReceipt(book.receipts, { ...gate, at }, undefined, {
    change: { verdict: 'escalated', approvers: gate.policy?.approvers },
  });
}

function isWaiting({ gate, acceptedAnswer }: GateRecord): boolean {
  return gate.status === 'open' && !acceptedAnswer;
}
