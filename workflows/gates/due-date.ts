/** When an open gate is due. The code is pure, and time is an argument. */
import { type DueCalendar, parseDueTime } from '../../contract/gates/times/due-times';
import { hashJson } from '../../contract/text/canonical-json';
import type { ComputedDue } from '../../activities';
import { remindBeforeDue } from './gate-clock';
import type { GateRecord } from './gate-types';

/** Sets when a gate is due. A business due time is not known before an activity has computed it: `pendingDue`. */
export function setDue(record: GateRecord, due: string | number, now: number): void {
  const time = parseDueTime(due);
  if ('business' in time) record.pendingDue = { rule: String(due), fromMs: now };
  else moveDueTime(record, 'atMs' in time ? time.atMs : now + time.afterMs);
}

/** Sets the due time that an activity has computed. */
export function applyComputedDue(record: GateRecord, rule: string, { atMs, ...data }: ComputedDue): void {
  const { calendar } = record;
  if (!calendar) return;
  moveDueTime(record, atMs);
  const calendarHash = hashJson(calendar);
  record.gate.dueCalendar = { rule, timeZone: calendar.timeZone, calendarHash, ...data } satisfies DueCalendar;
}

function moveDueTime(record: GateRecord, atMs: number): void {
  record.gate.due = new Date(atMs).toISOString();
  delete record.gate.dueCalendar;
  if (record.onTimeout !== 'hold') record.due = { atMs };
  delete record.pendingDue;
  delete record.isOverdue;
  remindBeforeDue(record, atMs);
}
