/** When a gate is due: after a duration, at a time with its offset, or after a business duration of a calendar. */
import { parseDurationMs } from '../../durations';
import { type Check, failInvalidInput, positiveDuration } from '../../input-checks';

/** A duration of working time, such as `2 business days`. */
export interface BusinessDuration {
  amount: number;
  unit: 'days' | 'hours' | 'minutes';
}

/** A due time, as the workflow computes with it. */
export type DueTime = { afterMs: number } | { atMs: number } | { business: BusinessDuration };

/** How a business due time was computed. A due time is computed once; later changes of the data do not move it. */
export interface DueCalendar {
  /** The business duration, as the policy has it. */
  rule: string;
  timeZone: string;
  /** SHA-256 of the canonical JSON of the calendar. */
  calendarHash: string;
  /** Version of the time-zone data that the computation used. */
  timeZoneData: string;
  /** Version of the holiday data that the computation used; absent when the calendar names no country. */
  holidayData?: string;
}

const TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
const BUSINESS = /^(\d{1,9})\s+business\s+(day|hour|minute)s?$/;

/** No due time needs to be later. */
const MAX_AMOUNTS = { days: 1_000, hours: 10_000, minutes: 600_000 };

export const dueTime: Check = (value, field) => {
  if (typeof value !== 'string' || !/^\d{4}-|business/.test(value)) return positiveDuration(value, field);
  const business = parseBusinessDuration(value);
  if (business) {
    const { amount, unit } = business;
    if (amount < 1 || amount > MAX_AMOUNTS[unit])
      failInvalidInput(field, `is not within 1 to ${MAX_AMOUNTS[unit]} business ${unit}: give another number`);
  } else if (value.includes('business'))
    failInvalidInput(field, "is not a business duration: give whole days, hours or minutes, such as '2 business days'");
  else if (parseTimeMs(value) === undefined)
    failInvalidInput(field, "is not a time: give ISO 8601 with its offset, such as '2026-12-24T17:00:00+01:00'");
};

/** Returns the due time that {@link dueTime} has accepted. */
export function parseDueTime(value: string | number): DueTime {
  const business = typeof value === 'string' ? parseBusinessDuration(value) : undefined;
  if (business) return { business };
  const atMs = typeof value === 'string' ? parseTimeMs(value) : undefined;
  return atMs === undefined ? { afterMs: parseDurationMs(value) ?? 0 } : { atMs };
}

/** Whether a due time that {@link dueTime} has accepted needs a calendar. */
export function isBusinessDue(value: string | number): boolean {
  return 'business' in parseDueTime(value);
}

function parseBusinessDuration(text: string): BusinessDuration | undefined {
  const [, amount, unit] = BUSINESS.exec(text) ?? [];
  return amount === undefined ? undefined : { amount: Number(amount), unit: `${unit}s` as BusinessDuration['unit'] };
}

/** Returns the milliseconds of a time with its offset, or `undefined`. The result depends on no time zone of a machine. */
function parseTimeMs(text: string): number | undefined {
  const [, day = ''] = TIME.exec(text) ?? [];
  // `Date.parse` takes the 30th of February for the 2nd of March.
  const midnightMs = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnightMs) || new Date(midnightMs).toISOString().slice(0, 10) !== day) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
