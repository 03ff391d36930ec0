import { failInvalidInput } from '../../contract/input-checks';
import type { CalendarTimes } from './schedule-definition';

/** A calendar in normal form: each field lists the numbers that match. An empty `year` matches every year. */
export type Calendar = Record<CalendarFieldName, number[]> & { comment?: string };
export type CalendarFieldName = 'second' | 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek' | 'year';

const DAY_NAMES = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
const MONTH_NAMES = [
  ...['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE'],
  ...['JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'],
];

interface FieldRule {
  min: number;
  max: number;
  /** Names of the values from `min` on. */
  names?: string[];
  /** The value of an absent field. */
  defaultValue: number | '*';
}

export const FIELD_RULES: Record<CalendarFieldName, FieldRule> = {
  second: { min: 0, max: 59, defaultValue: 0 },
  minute: { min: 0, max: 59, defaultValue: 0 },
  hour: { min: 0, max: 23, defaultValue: 0 },
  dayOfMonth: { min: 1, max: 31, defaultValue: '*' },
  month: { min: 1, max: 12, names: MONTH_NAMES, defaultValue: '*' },
  // Both 0 and 7 are Sunday.
  dayOfWeek: { min: 0, max: 7, names: DAY_NAMES, defaultValue: '*' },
  year: { min: 2000, max: 2200, defaultValue: '*' },
};
const FIELD_NAMES = Object.keys(FIELD_RULES) as CalendarFieldName[];

/** @throws ApplicationFailure `Duvo.InvalidInput` that names the field */
export function parseCalendar(calendar: CalendarTimes, path: string): Calendar {
  const fields = FIELD_NAMES.map((name) => [
    name,
    parseField(name, calendar[name] ?? FIELD_RULES[name].defaultValue, `${path}.${name}`),
  ]);
  return {
    ...(Object.fromEntries(fields) as Record<CalendarFieldName, number[]>),
    ...(calendar.comment && { comment: calendar.comment }),
  };
}

const CRON_FIELDS: Record<number, CalendarFieldName[]> = {
  5: ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'],
  6: ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek', 'year'],
  7: ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek', 'year'],
};
const CRON_SHORTHANDS: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Parses a cron expression into a calendar whose comment is the expression. The server could parse it, too. It is parsed
 * here so that an error names the field, and so that a schedule on the server can be compared with a file.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput`
 */
export function parseCron(expression: string, path: string): Calendar {
  const text = expression.trim();
  if (/^(CRON_)?TZ=/i.test(text)) failInvalidInput(path, 'has a time zone: give it in the field timeZone');
  if (/^@every\b/i.test(text)) failInvalidInput(path, 'is an interval: give it in the field every');
  const parts = (CRON_SHORTHANDS[text.toLowerCase()] ?? text).split(/\s+/);
  const names = CRON_FIELDS[parts.length];
  if (!names) {
    return failInvalidInput(
      path,
      `has ${parts.length} fields: give 5 (minute, hour, day of month, month, day of week), 6 (and year) or 7 (second before them)`,
    );
  }
  const times = Object.fromEntries(names.map((name, index) => [name, parts[index] === '?' ? '*' : parts[index]]));
  return parseCalendar({ ...times, comment: text }, path);
}

function parseField(name: CalendarFieldName, input: unknown, path: string): number[] {
  const parts = (Array.isArray(input) ? input : [input]).flatMap((part: unknown) => {
    if (typeof part === 'number') return [String(part)];
    if (typeof part === 'string') return part.split(',');
    return failInvalidInput(path, 'must be a number, a text such as MON-FRI or */15, or a list of them');
  });
  const values = parts.flatMap((part) => parseFieldPart(FIELD_RULES[name], part.trim(), path));
  const normalized = name === 'dayOfWeek' ? values.map((value) => value % 7) : values;
  const sorted = [...new Set(normalized)].sort((a, b) => a - b);
  return name === 'year' && sorted.length === FIELD_RULES.year.max - FIELD_RULES.year.min + 1 ? [] : sorted;
}

/** Parses `*`, `5`, `1-5` or `MON-FRI`, each with an optional step: `*` + `/15`, `5/10`, `8-18/2`. */
function parseFieldPart(field: FieldRule, part: string, path: string): number[] {
  const { min, max, names } = field;
  const allowed = `must be from ${min} to ${max}${names ? ', or a name such as ' + names[1]?.slice(0, 3) : ''}`;
  const [, range = '', stepText] =
    /^([^/]*)(?:\/(\d+))?$/.exec(part) ?? failInvalidInput(path, `is not a field of cron: ${allowed}`);
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1) failInvalidInput(path, 'has a step of 0: give 1 or more');
  const parseValue = (text: string) => {
    const found = /^\d+$/.test(text) ? Number(text) : findNamedValue(field, text);
    return found !== undefined && found >= min && found <= max ? found : failInvalidInput(path, allowed);
  };
  // `*` stops at 6, since 7 is Sunday as well.
  const maxValue = names === DAY_NAMES ? 6 : max;
  const bounds = range.split('-');
  if (bounds.length > 2) failInvalidInput(path, `is not a field of cron: ${allowed}`);
  const [from, to] =
    range === '*'
      ? [min, maxValue]
      : bounds.length === 2
        ? [parseValue(bounds[0] ?? ''), parseValue(bounds[1] ?? '')]
        : [parseValue(range), stepText === undefined ? parseValue(range) : maxValue];
  const rangeEnd = names === DAY_NAMES && to === 0 && from > 0 ? 7 : to;
  if (rangeEnd < from) failInvalidInput(path, 'has a range that ends before it begins: write it as two ranges');
  return Array.from({ length: Math.floor((rangeEnd - from) / step) + 1 }, (_, index) => from + index * step);
}

function findNamedValue({ min, names = [] }: FieldRule, text: string): number | undefined {
  const wanted = text.toUpperCase();
  const index = names.findIndex((name) => name === wanted || name.slice(0, 3) === wanted);
  return index < 0 ? undefined : index + min;
}

export function dayName(value: number): string {
  return DAY_NAMES[value] ?? '';
}

export function monthName(value: number): string {
  return MONTH_NAMES[value - 1] ?? '';
}

/** Returns the number of a value that the server returned; it returns months and days by name. */
export function toFieldNumber(name: CalendarFieldName, value: unknown): number {
  if (typeof value === 'number') return value;
  return findNamedValue(FIELD_RULES[name], String(value)) ?? NaN;
}
