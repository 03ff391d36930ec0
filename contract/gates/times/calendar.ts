/** The calendar of business due times: its JSON shape and its checks. */
import { type Check, failInvalidInput, listOf, nonEmptyString, object, upToBytes } from '../../input-checks';

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

export interface BusinessCalendar {
  /** Name of the IANA time zone, such as `Europe/Berlin`. */
  timeZone: string;
  /**
   * The working hours of each day of the week, in the time of the zone. A day that is absent is no working day. The last hour
   * may be `24:00`. @default 09:00-17:00 from Monday to Friday
   */
  workingHours?: Partial<Record<Weekday, string[]>>;
  /** Days on which nobody works. @default none */
  holidays?: {
    /** ISO 3166 code of a country, such as `DE`: its public holidays. */
    country?: string;
    /** Code of a state or region of the country, such as `BY`: its public holidays, too. */
    region?: string;
    /** Further days: `2026-12-31`, or `12-31` for each year. */
    days?: string[];
  };
}

export const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const OFFICE_HOURS = ['09:00-17:00'];

export const DEFAULT_WORKING_HOURS: Partial<Record<Weekday, string[]>> = {
  mon: OFFICE_HOURS,
  tue: OFFICE_HOURS,
  wed: OFFICE_HOURS,
  thu: OFFICE_HOURS,
  fri: OFFICE_HOURS,
};

/** Limit of a calendar. The workflow keeps the calendar of each open gate, and carries it through continue-as-new. */
const MAX_CALENDAR_BYTES = 10_000;

const HOURS = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/;

const workingHours: Check = (value, field) => {
  object(Object.fromEntries(WEEKDAYS.map((day) => [day, intervals])))(value, field);
  if (Object.values(value as object).every((hours: unknown) => !Array.isArray(hours) || hours.length === 0))
    failInvalidInput(field, "has no hours: give at least one, such as {mon: ['09:00-17:00']}");
};

const intervals: Check = (value, field) => {
  listOf(nonEmptyString, 'hours')(value, field);
  let lastEnd = 0;
  (value as string[]).forEach((text, index) => {
    const minutes = parseInterval(text);
    if (!minutes)
      return failInvalidInput(
        `${field}[${index}]`,
        "is not an interval within a day: give hours such as '09:00-17:00'",
      );
    if (minutes[0] < lastEnd)
      failInvalidInput(
        `${field}[${index}]`,
        'begins before the interval before it ends: give them in order, without overlap',
      );
    lastEnd = minutes[1];
  });
};

const day: Check = (value, field) => {
  const [, year = '2000', rest = ''] = /^(?:(\d{4})-)?(\d\d-\d\d)$/.exec(String(value)) ?? [];
  const ms = Date.parse(`${year}-${rest}T00:00:00Z`);
  if (typeof value !== 'string' || Number.isNaN(ms) || new Date(ms).toISOString().slice(5, 10) !== rest)
    failInvalidInput(field, "is not a day: give '2026-12-31', or '12-31' for each year");
};

const checkFields = object({
  timeZone: upToBytes(nonEmptyString, 100),
  workingHours,
  holidays: object({
    country: upToBytes(nonEmptyString, 10),
    region: upToBytes(nonEmptyString, 20),
    days: listOf(day, 'days'),
  }),
});

/** Checks the shape of a calendar. Whether the time zone, the country and the region exist is checked by an activity. */
export const businessCalendar: Check = (value, field) => {
  upToBytes(checkFields, MAX_CALENDAR_BYTES)(value, field);
  const { timeZone, holidays } = value as BusinessCalendar;
  if (!timeZone) failInvalidInput(`${field}.timeZone`, "is missing: give a time zone, such as 'Europe/Berlin'");
  if (holidays?.region && !holidays.country)
    failInvalidInput(`${field}.holidays.country`, 'is missing: a region belongs to a country');
};

/** Returns begin and end of an interval in minutes from midnight; `undefined` when the text is not an interval. */
export function parseInterval(text: string): [begin: number, end: number] | undefined {
  const parts = HOURS.exec(text)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [hour = 0, minute = 0, endHour = 0, endMinute = 0] = parts;
  const [begin, end] = [hour * 60 + minute, endHour * 60 + endMinute];
  return minute < 60 && endMinute < 60 && begin < end && end <= 24 * 60 ? [begin, end] : undefined;
}
