import type { Gate, GateEvent } from '../../client';
import { toOneLine } from '../terminal/text';

/** Returns what `gate show` prints of what happened to a gate besides its answers: one line for each event. */
export function formatEvents({ events = [], omittedEvents }: Gate): string {
  const omitted = omittedEvents ? [`${omittedEvents} earlier events are not listed`] : [];
  return [...omitted, ...events.map((event) => toOneLine(formatEvent(event)))].join('\n');
}

function formatEvent({ type, at, by, reason, to, mode, due, then }: GateEvent): string {
  const names = to && `${mode === 'add' ? ', added' : type === 'reminded' ? '' : ' to'} ${to.join(', ')}`;
  const target = names ?? ((due ?? then) ? ` to ${due ?? then}` : '');
  return `${type}${target}${by ? ` by ${by}` : ''} at ${at}${reason ? `: ${reason}` : ''}`;
}

/** Returns the due time of a gate, and how a business due time was computed. */
export function formatDueTime({ due, dueCalendar }: Gate): string | undefined {
  if (!due || !dueCalendar) return due;
  const { rule, timeZone, calendarHash, timeZoneData, holidayData } = dueCalendar;
  const data = `time-zone data ${timeZoneData}${holidayData ? `, holiday data ${holidayData}` : ''}`;
  return toOneLine(`${due} (${rule} in ${timeZone}; calendar ${calendarHash.slice(0, 12)}…, ${data})`);
}
