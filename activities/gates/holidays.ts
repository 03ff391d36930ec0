import { createRequire } from 'node:module';
import type { BusinessCalendar } from '../../contract/gates/times/calendar';
import { failInvalidInput } from '../../contract/input-checks';

export interface HolidayFinder {
  /** Whether nobody works on a day, such as `2026-12-25`. */
  isHoliday: (day: string) => boolean;
  /** Version of the holiday data; absent when the calendar names no country. */
  holidayData?: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * @param field the name of the holidays in an error message
 * @throws ApplicationFailure `Duvo.InvalidInput` when the data has no such country or region
 */
export async function findHolidays(
  { country, region, days = [] }: BusinessCalendar['holidays'] & {},
  field: string,
): Promise<HolidayFinder> {
  const own = new Set(days);
  const isOwn = (day: string) => own.has(day) || own.has(day.slice('2026-'.length));
  if (country === undefined) return { isHoliday: isOwn };
  const daysOfYear = await findPublicHolidays(country, region, field);
  return {
    isHoliday: (day) => isOwn(day) || daysOfYear(day.slice(0, '2026'.length)).has(day),
    holidayData: readDataVersion(),
  };
}

async function findPublicHolidays(country: string, region = '', field: string): Promise<(year: string) => Set<string>> {
  // Most workers never need the holidays of the world, which take some 40 MB of memory.
  const { default: Holidays } = await import('date-holidays');
  const known = new Holidays();
  if (!known.getCountries()[country])
    failInvalidInput(`${field}.country`, 'is not known: give an ISO 3166 code, such as DE');
  if (region && !known.getStates(country)?.[region])
    failInvalidInput(`${field}.region`, 'is not a state or region of the country: give its code, such as BY');
  const data = new Holidays(country, region, { types: ['public'] });
  const years = new Map<string, Set<string>>();
  return (year) => {
    const days = years.get(year) ?? new Set(data.getHolidays(Number(year)).flatMap(daysOfHoliday));
    years.set(year, days);
    return days;
  };
}

/**
 * Returns the days whose noon is within a holiday: a holiday may have several days, begin at sunset, or be an afternoon, on
 * which people still work. `date` is its begin in the time of the country.
 */
function daysOfHoliday({ date, start, end }: { date: string; start: Date; end: Date }): string[] {
  const beginMs = Date.parse(`${date.slice(0, '2026-12-25 00:00:00'.length).replace(' ', 'T')}Z`);
  const endMs = beginMs + end.getTime() - start.getTime();
  const days: string[] = [];
  const firstNoonMs = Math.floor(beginMs / DAY_MS) * DAY_MS + 12 * HOUR_MS;
  for (let noonMs = firstNoonMs; noonMs < endMs; noonMs += DAY_MS)
    if (noonMs >= beginMs) days.push(new Date(noonMs).toISOString().slice(0, '2026-12-25'.length));
  return days;
}

function readDataVersion(): string {
  return (createRequire(__filename)('date-holidays/package.json') as { version: string }).version;
}
