import { IANAZone } from 'luxon';
import type { BusinessCalendar } from '../../contract/gates/times/calendar';
import type { BusinessDuration } from '../../contract/gates/times/due-times';
import { failInvalidInput } from '../../contract/input-checks';
import { addBusinessTime } from './business-time';
import { findHolidays } from './holidays';

export interface ComputeDueInput {
  /** When the business duration begins, in milliseconds. */
  fromMs: number;
  duration: BusinessDuration;
  calendar: BusinessCalendar;
  /** What precedes the name of a field in an error message, such as `gate.`. @default '' */
  path?: string;
}

export interface ComputedDue {
  atMs: number;
  /** Version of the time-zone data of Node. */
  timeZoneData: string;
  /** Version of the holiday data; absent when the calendar names no country. */
  holidayData?: string;
}

/**
 * Computes business due times. It is an activity, because a later Node version brings other time-zone data, and the result
 * must not change in a replay. It runs on the task queue of the workflows, since it makes no request to Duvo.
 */
export function createDueActivities() {
  return {
    computeGateDue: async ({ fromMs, duration, calendar, path = '' }: ComputeDueInput): Promise<ComputedDue> => {
      const { timeZone, holidays } = calendar;
      if (!IANAZone.isValidZone(timeZone))
        failInvalidInput(
          `${path}calendar.timeZone`,
          "is not a known time zone: give an IANA name, such as 'Europe/Berlin'",
        );
      const { isHoliday, holidayData } = await findHolidays(holidays ?? {}, `${path}calendar.holidays`);
      const due = addBusinessTime(new Date(fromMs), duration, calendar, isHoliday);
      if (!due)
        return failInvalidInput(`${path}calendar.workingHours`, 'has too few hours: the due time would be years away');
      return {
        atMs: due.getTime(),
        timeZoneData: process.versions.tz ?? 'unknown',
        ...(holidayData && { holidayData }),
      };
    },
  };
}

export type DueActivities = ReturnType<typeof createDueActivities>;
