import type { BusinessCalendar } from '../../../contract/gates/times/calendar';
import { parseDueTime } from '../../../contract/gates/times/due-times';
import { createDueActivities } from '../../../activities/gates/compute-due';
import { failureOf } from '../../support/failures';

const { computeGateDue: computeDue } = createDueActivities();

const BERLIN: BusinessCalendar = { timeZone: 'Europe/Berlin' };
const LUNCH: BusinessCalendar = {
  timeZone: 'Europe/Berlin',
  workingHours: { mon: ['09:00-12:00', '13:00-17:00'], tue: ['09:00-12:00', '13:00-17:00'], fri: ['09:00-12:00'] },
};
const NIGHTS: BusinessCalendar = {
  timeZone: 'Europe/Berlin',
  workingHours: { sat: ['22:00-24:00'], sun: ['00:00-06:00', '22:00-24:00'], mon: ['00:00-06:00'] },
};
const BAVARIA: BusinessCalendar = {
  ...BERLIN,
  holidays: { country: 'DE', region: 'BY', days: ['12-24', '2026-12-31'] },
};
const AUCKLAND: BusinessCalendar = { timeZone: 'Pacific/Auckland' };
const NEW_YORK: BusinessCalendar = { timeZone: 'America/New_York', holidays: { country: 'US' } };

async function dueOf(from: string, rule: string, calendar: BusinessCalendar): Promise<string> {
  const due = parseDueTime(rule);
  if (!('business' in due)) throw new Error(`${rule} is no business duration`);
  const { atMs } = await computeDue({ fromMs: Date.parse(from), duration: due.business, calendar });
  return new Date(atMs).toISOString();
}

test.each<[what: string, from: string, rule: string, calendar: BusinessCalendar, due: string]>([
  ['within a day', '2026-06-01T10:00+02:00', '6 business hours', BERLIN, '2026-06-01T16:00+02:00'],
  ['to the end of a day', '2026-06-01T11:00+02:00', '6 business hours', BERLIN, '2026-06-01T17:00+02:00'],
  ['over a night', '2026-06-01T16:30+02:00', '1 business hour', BERLIN, '2026-06-02T09:30+02:00'],
  ['over a weekend', '2026-06-05T16:00+02:00', '2 business hours', BERLIN, '2026-06-08T10:00+02:00'],
  ['over lunch', '2026-06-01T11:30+02:00', '90 business minutes', LUNCH, '2026-06-01T14:00+02:00'],
  ['from lunch on', '2026-06-01T12:20+02:00', '1 business hour', LUNCH, '2026-06-01T14:00+02:00'],
  ['over days without hours', '2026-06-02T16:00+02:00', '2 business hours', LUNCH, '2026-06-05T10:00+02:00'],
  ['two days, the same time', '2026-06-01T11:00+02:00', '2 business days', BERLIN, '2026-06-03T11:00+02:00'],
  ['two days over a weekend', '2026-06-04T11:00+02:00', '2 business days', BERLIN, '2026-06-08T11:00+02:00'],
  ['days from a Saturday', '2026-06-06T20:00+02:00', '1 business day', BERLIN, '2026-06-09T09:00+02:00'],
  ['days from an evening', '2026-06-01T20:00+02:00', '1 business day', BERLIN, '2026-06-03T09:00+02:00'],
  ['days from an early morning', '2026-06-01T06:00+02:00', '1 business day', BERLIN, '2026-06-02T09:00+02:00'],
  ['to a short Friday', '2026-06-02T16:00+02:00', '1 business day', LUNCH, '2026-06-05T12:00+02:00'],
  // Europe: 2026-03-29 02:00 becomes 03:00, and 2026-10-25 03:00 becomes 02:00.
  ['days into summer time', '2026-03-27T10:00+01:00', '1 business day', BERLIN, '2026-03-30T10:00+02:00'],
  ['days into winter time', '2026-10-23T10:00+02:00', '1 business day', BERLIN, '2026-10-26T10:00+01:00'],
  [
    'hours over a weekend into summer time',
    '2026-03-27T16:00+01:00',
    '2 business hours',
    BERLIN,
    '2026-03-30T10:00+02:00',
  ],
  [
    'a night of 23 hours has an hour less',
    '2026-03-28T22:00+01:00',
    '6 business hours',
    NIGHTS,
    '2026-03-29T05:00+02:00',
  ],
  [
    'a night of 25 hours has an hour more',
    '2026-10-24T22:00+02:00',
    '6 business hours',
    NIGHTS,
    '2026-10-25T03:00+01:00',
  ],
  ['the hour that exists twice, first', '2026-10-25T00:30+02:00', '2 business hours', NIGHTS, '2026-10-25T02:30+02:00'],
  [
    'the hour that exists twice, second',
    '2026-10-25T00:30+02:00',
    '3 business hours',
    NIGHTS,
    '2026-10-25T02:30+01:00',
  ],
  // Auckland is half a day ahead, and its summer time ends in April.
  ['a Sunday of UTC that is Monday there', '2026-06-07T22:00Z', '1 business hour', AUCKLAND, '2026-06-08T11:00+12:00'],
  [
    'a Friday of UTC that is Saturday there',
    '2026-06-05T13:00Z',
    '1 business hour',
    AUCKLAND,
    '2026-06-08T10:00+12:00',
  ],
  ['just before midnight there', '2026-06-01T23:59:59+12:00', '1 business day', AUCKLAND, '2026-06-03T09:00+12:00'],
  ['just after midnight there', '2026-06-02T00:00+12:00', '1 business day', AUCKLAND, '2026-06-03T09:00+12:00'],
  ['days out of summer time there', '2026-04-03T10:00+13:00', '1 business day', AUCKLAND, '2026-04-06T10:00+12:00'],
  ['over a midnight that ends a shift', '2026-06-06T23:00+02:00', '2 business hours', NIGHTS, '2026-06-07T01:00+02:00'],
  // Bavaria: Corpus Christi is on 2026-06-04; own days follow on 24 and 31 December.
  ['over a holiday of a region', '2026-06-03T16:00+02:00', '2 business hours', BAVARIA, '2026-06-05T10:00+02:00'],
  ['the same without the holiday', '2026-06-03T16:00+02:00', '2 business hours', BERLIN, '2026-06-04T10:00+02:00'],
  ['over own days and holidays', '2026-12-23T10:00+01:00', '1 business day', BAVARIA, '2026-12-28T10:00+01:00'],
  ['over an own day of one year', '2026-12-30T10:00+01:00', '1 business day', BAVARIA, '2027-01-04T10:00+01:00'],
  ['the own day of another year', '2027-12-30T10:00+01:00', '1 business day', BAVARIA, '2027-12-31T10:00+01:00'],
  ['over Thanksgiving', '2026-11-25T10:00-05:00', '1 business day', NEW_YORK, '2026-11-27T10:00-05:00'],
])('%s', async (_what, from, rule, calendar, due) => {
  expect(await dueOf(from, rule, calendar)).toBe(new Date(due).toISOString());
});

test('a result names the versions of the data that it was computed with', async () => {
  const duration = { amount: 1, unit: 'days' } as const;
  const { timeZoneData, holidayData } = await computeDue({ fromMs: 0, duration, calendar: BAVARIA });
  expect(timeZoneData).toBe(process.versions.tz);
  expect(holidayData).toMatch(/^\d+\.\d+\.\d+/);
  expect(await computeDue({ fromMs: 0, duration, calendar: BERLIN })).not.toHaveProperty('holidayData');
});

test.each<[BusinessCalendar, RegExp]>([
  [{ timeZone: 'Europe/Atlantis' }, /^calendar\.timeZone is not a known time zone/],
  [{ ...BERLIN, holidays: { country: 'XX' } }, /^calendar\.holidays\.country is not known/],
  [{ ...BERLIN, holidays: { country: 'DE', region: 'XX' } }, /^calendar\.holidays\.region is not a state/],
  [
    { ...BERLIN, workingHours: { mon: ['09:00-10:00'] }, holidays: { days: allDays() } },
    /^calendar\.workingHours has too few hours/,
  ],
])('a calendar that cannot be used is refused by its field: %j', async (calendar, message) => {
  const failure = await failureOf(dueOf('2026-06-01T10:00Z', '1 business hour', calendar));
  expect(failure).toMatchObject({ type: 'Duvo.InvalidInput', message: expect.stringMatching(message) as string });
});

function allDays(): string[] {
  return Array.from({ length: 366 }, (_one, n) => new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(5, 10));
}
