/**
 * The times at which something happens to an open gate. Only a timer that has fired decides that a time has come, and a moved
 * time is another object (timers/due-timer.ts, run/run-timers.ts).
 */
import { toMs } from '../../contract/durations';
import { MAX_REMINDERS } from '../../contract/gates/times/gate-clock';
import type { GateRecord, ReminderTime } from './gate-types';

/** Sets the times that count from the opening of a gate. */
export function startGateClock(record: GateRecord, now: number): void {
  const { reminders = [] } = record.gate.policy ?? {};
  const repeated = reminders.flatMap(({ every }, entry) => (every ? [{ entry, nth: 1, atMs: now + toMs(every) }] : []));
  if (repeated.length > 0) record.reminders = repeated;
  setEscalation(record, 0, now);
}

/** Removes all times of a gate that is closed. */
export function stopGateClock(record: GateRecord): void {
  delete record.due;
  delete record.pendingDue;
  delete record.calendar;
  delete record.isOverdue;
  delete record.reminders;
  delete record.escalation;
}

/** Sets the reminders before the due time. They come again when the due time was moved. */
export function remindBeforeDue(record: GateRecord, dueMs: number): void {
  const { reminders = [] } = record.gate.policy ?? {};
  const before = reminders.flatMap(({ before }, entry) =>
    before ? [{ entry, nth: 1, atMs: dueMs - toMs(before) }] : [],
  );
  const others = record.reminders?.filter(({ entry }) => !reminders[entry]?.before) ?? [];
  if (before.length + others.length > 0) record.reminders = [...others, ...before];
}

/** Removes a reminder that was sent, and sets the next one of its entry. */
export function setNextReminder(record: GateRecord, sent: ReminderTime): void {
  const { entry, nth, atMs } = sent;
  const { every } = record.gate.policy?.reminders?.[entry] ?? {};
  const next = every && nth < MAX_REMINDERS ? [{ entry, nth: nth + 1, atMs: atMs + toMs(every) }] : [];
  record.reminders = [...(record.reminders ?? []).filter((one) => one !== sent), ...next];
}

/** Sets the time of a step of the escalation, if there is one. */
export function setEscalation(record: GateRecord, step: number, openedMs: number): void {
  const { after } = record.gate.policy?.escalation?.[step] ?? {};
  if (after === undefined) delete record.escalation;
  else record.escalation = { step, atMs: openedMs + toMs(after) };
}
