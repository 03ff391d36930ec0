import type { ScheduleDefinition } from '../../client';

/** Formats a time in a time zone: `Sun 2027-03-28 06:00:00 GMT+2`. */
export function formatLocalTime(iso: string, timeZone = 'UTC'): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    ...{ weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'shortOffset' },
  });
  const part = Object.fromEntries(format.formatToParts(new Date(iso)).map(({ type, value }) => [type, value]));
  const { weekday, year, month, day, hour, minute, second, timeZoneName } = part;
  return `${weekday} ${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
}

/** Formats the next start times, one on each line. */
export function formatNextTimes(
  next: string[],
  { timeZone, jitter }: Pick<ScheduleDefinition, 'timeZone' | 'jitter'>,
): string[] {
  if (next.length === 0) return ['nothing would be started: the schedule has no time in the future'];
  const jitterNote = jitter === undefined ? '' : `, each up to ${jitter} later`;
  return [`next starts${jitterNote}:`, ...next.map((at) => `  ${formatLocalTime(at, timeZone)}`)];
}
