/** Arithmetic with working hours. A day is a day of the calendar's time zone, and its length may be 23 or 25 hours. */
import { DateTime } from 'luxon';
import {
  type BusinessCalendar,
  DEFAULT_WORKING_HOURS,
  parseInterval,
  WEEKDAYS,
} from '../../contract/gates/times/calendar';
import type { BusinessDuration } from '../../contract/gates/times/due-times';

/** How far a due time is looked for before the calendar counts as one without working hours. */
const MAX_DAYS = 10 * 366;

interface Interval {
  begin: DateTime;
  end: DateTime;
}

/**
 * Returns when a business duration that begins now has passed.
 *
 * - Hours and minutes: as much working time has passed.
 * - Days: the same time of day so many working days later. Outside working hours, the count begins at the next working hour. When
 *   the working hours of the last day end earlier, their end is the result.
 *
 * @param isHoliday whether nobody works on a day, such as `2026-12-25`
 * @returns `undefined` when the calendar has too few working hours
 */
export function addBusinessTime(
  from: Date,
  { amount, unit }: BusinessDuration,
  { timeZone, workingHours = DEFAULT_WORKING_HOURS }: BusinessCalendar,
  isHoliday: (day: string) => boolean,
): Date | undefined {
  const start = DateTime.fromJSDate(from, { zone: timeZone });
  const intervalsOf = (day: DateTime): Interval[] => {
    const hours = workingHours[WEEKDAYS[day.weekday - 1] ?? 'mon'] ?? [];
    return hours.length === 0 || isHoliday(day.toISODate() ?? '') ? [] : hours.flatMap((text) => toInterval(day, text));
  };
  return unit === 'days' ? addDays(start, amount, intervalsOf) : addWorkingMs(start, toMs(amount, unit), intervalsOf);
}

function addWorkingMs(start: DateTime, ms: number, intervalsOf: (day: DateTime) => Interval[]): Date | undefined {
  let leftMs = ms;
  for (const { begin, end } of workingIntervals(start, intervalsOf)) {
    const from = Math.max(begin.toMillis(), start.toMillis());
    const availableMs = end.toMillis() - from;
    if (availableMs >= leftMs) return new Date(from + leftMs);
    leftMs -= Math.max(0, availableMs);
  }
  return undefined;
}

function addDays(start: DateTime, days: number, intervalsOf: (day: DateTime) => Interval[]): Date | undefined {
  let left = days;
  let first: DateTime | undefined;
  let lastDay = '';
  for (const { begin, end } of workingIntervals(start, intervalsOf)) {
    // The next working moment, from which the days count.
    if (!first) {
      first = DateTime.max(begin, start);
      lastDay = first.toISODate() ?? '';
      continue;
    }
    const day = begin.toISODate() ?? '';
    if (day === lastDay) continue;
    lastDay = day;
    if (--left > 0) continue;
    const intervals = intervalsOf(begin.startOf('day'));
    const close = intervals.at(-1)?.end ?? end;
    const sameTime = begin.set({
      hour: first.hour,
      minute: first.minute,
      second: first.second,
      millisecond: first.millisecond,
    });
    return DateTime.min(DateTime.max(begin, sameTime), close).toJSDate();
  }
  return undefined;
}

/** Returns the intervals that have not ended at the start, day by day. */
function* workingIntervals(start: DateTime, intervalsOf: (day: DateTime) => Interval[]): Generator<Interval> {
  // Noon exists on every day of every zone; midnight does not.
  const noon = start.set({ hour: 12, minute: 0, second: 0, millisecond: 0 });
  for (let n = 0; n < MAX_DAYS; n++)
    for (const interval of intervalsOf(noon.plus({ days: n }))) if (interval.end > start) yield interval;
}

/** Returns the interval on a day. An hour that the day does not have is the hour after it. */
function toInterval(day: DateTime, text: string): Interval[] {
  const [beginMinutes = 0, endMinutes = 0] = parseInterval(text) ?? [];
  const at = (minutes: number) => {
    const onDay = minutes === 24 * 60 ? day.plus({ days: 1 }) : day;
    return onDay.set({ hour: Math.floor(minutes / 60) % 24, minute: minutes % 60, second: 0, millisecond: 0 });
  };
  const interval = { begin: at(beginMinutes), end: at(endMinutes) };
  return interval.begin < interval.end ? [interval] : [];
}

function toMs(amount: number, unit: 'hours' | 'minutes'): number {
  return amount * (unit === 'hours' ? 3_600_000 : 60_000);
}
