import { failInvalidInput } from '../../contract/input-checks';
import type { CalendarTimes } from './definition';

/** A calendar in one form, whatever it was written as: each field the numbers that match; no year is every year. */
export type Calendar = Record<FieldName, number[]> & { comment?: string };
export type FieldName = 'second' | 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek' | 'year';

const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
const MONTHS = [
  ...['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE'],
  ...['JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'],
];

interface Field {
  min: number;
  max: number;
  /** Names of the values from `min` on. */
  names?: string[];
  /** What stands for a field that is not given. */
  unless: number | '*';
}

export const FIELDS: Record<FieldName, Field> = {
  second: { min: 0, max: 59, unless: 0 },
  minute: { min: 0, max: 59, unless: 0 },
  hour: { min: 0, max: 23, unless: 0 },
  dayOfMonth: { min: 1, max: 31, unless: '*' },
  month: { min: 1, max: 12, names: MONTHS, unless: '*' },
  // Sunday is 0 and 7.
  dayOfWeek: { min: 0, max: 7, names: DAYS, unless: '*' },
  year: { min: 2000, max: 2200, unless: '*' },
};
const NAMES = Object.keys(FIELDS) as FieldName[];

/** @throws ApplicationFailure `Duvo.InvalidInput` that names the field */
export function readCalendar(written: CalendarTimes, at: string): Calendar {
  const fields = NAMES.map((name) => [name, readField(name, written[name] ?? FIELDS[name].unless, `${at}.${name}`)]);
  return {
    ...(Object.fromEntries(fields) as Record<FieldName, number[]>),
    ...(written.comment && { comment: written.comment }),
  };
}

const CRON_FIELDS: Record<number, FieldName[]> = {
  5: ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'],
  6: ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek', 'year'],
  7: ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek', 'year'],
};
const SHORTHANDS: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * A cron expression as a calendar that says what it came from. Read here and not by the server, so that the error names
 * the field, and that what is on the server can be compared with what is in a file.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`
 */
export function readCron(expression: string, at: string): Calendar {
  const text = expression.trim();
  if (/^(CRON_)?TZ=/i.test(text)) failInvalidInput(at, 'has a time zone of its own: give it as timeZone');
  if (/^@every\b/i.test(text)) failInvalidInput(at, 'is an interval: give it as every');
  const words = (SHORTHANDS[text.toLowerCase()] ?? text).split(/\s+/);
  const names = CRON_FIELDS[words.length];
  if (!names) {
    return failInvalidInput(
      at,
      `has ${words.length} fields: give 5 (minute, hour, day of month, month, day of week), 6 (and year) or 7 (second before them)`,
    );
  }
  const times = Object.fromEntries(names.map((name, index) => [name, words[index] === '?' ? '*' : words[index]]));
  return readCalendar({ ...times, comment: text }, at);
}

function readField(name: FieldName, written: unknown, at: string): number[] {
  const parts = (Array.isArray(written) ? written : [written]).flatMap((part: unknown) => {
    if (typeof part === 'number') return [String(part)];
    if (typeof part === 'string') return part.split(',');
    return failInvalidInput(at, 'must be a number, a text such as MON-FRI or */15, or a list of them');
  });
  const values = parts.flatMap((part) => readPart(FIELDS[name], part.trim(), at));
  const own = name === 'dayOfWeek' ? values.map((value) => value % 7) : values;
  const sorted = [...new Set(own)].sort((a, b) => a - b);
  return name === 'year' && sorted.length === FIELDS.year.max - FIELDS.year.min + 1 ? [] : sorted;
}

/** `*`, `5`, `1-5`, `MON-FRI`, and each with a step: `*` + `/15`, `5/10`, `8-18/2`. */
function readPart(field: Field, part: string, at: string): number[] {
  const { min, max, names } = field;
  const allowed = `must be from ${min} to ${max}${names ? ', or a name such as ' + names[1]?.slice(0, 3) : ''}`;
  const [, range = '', stepText] =
    /^([^/]*)(?:\/(\d+))?$/.exec(part) ?? failInvalidInput(at, `is not a field of cron: ${allowed}`);
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1) failInvalidInput(at, 'has a step of 0: give 1 or more');
  const value = (text: string) => {
    const found = /^\d+$/.test(text) ? Number(text) : valueOfName(field, text);
    return found !== undefined && found >= min && found <= max ? found : failInvalidInput(at, allowed);
  };
  // Seven and zero are one day.
  const last = names === DAYS ? 6 : max;
  const ends = range.split('-');
  if (ends.length > 2) failInvalidInput(at, `is not a field of cron: ${allowed}`);
  const [from, to] =
    range === '*'
      ? [min, last]
      : ends.length === 2
        ? [value(ends[0] ?? ''), value(ends[1] ?? '')]
        : [value(range), stepText === undefined ? value(range) : last];
  const end = names === DAYS && to === 0 && from > 0 ? 7 : to;
  if (end < from) failInvalidInput(at, 'has a range that ends before it begins: write it as two');
  return Array.from({ length: Math.floor((end - from) / step) + 1 }, (_, index) => from + index * step);
}

function valueOfName({ min, names = [] }: Field, text: string): number | undefined {
  const wanted = text.toUpperCase();
  const index = names.findIndex((name) => name === wanted || name.slice(0, 3) === wanted);
  return index < 0 ? undefined : index + min;
}

export function dayName(value: number): string {
  return DAYS[value] ?? '';
}

export function monthName(value: number): string {
  return MONTHS[value - 1] ?? '';
}

/** The number of a value as the server shows it: months and days by their names. */
export function numberOf(name: FieldName, value: unknown): number {
  if (typeof value === 'number') return value;
  return valueOfName(FIELDS[name], String(value)) ?? NaN;
}
