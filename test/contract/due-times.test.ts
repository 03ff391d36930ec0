import { gatePolicyFields, checkPolicyCombinations } from '../../contract/gates/gate-policy';
import { object } from '../../contract/input-checks';

const check = (policy: object) => {
  object(gatePolicyFields)(policy, '');
  checkPolicyCombinations(policy);
};
const calendar = { timeZone: 'Europe/Berlin' };

test.each<object>([
  { due: '8h' },
  { due: '2026-12-24T17:00:00+01:00' },
  { due: '2026-12-24T17:00Z' },
  { due: '2 business days', calendar },
  { due: '1 business hour', calendar },
  { due: '90 business minutes', calendar: { ...calendar, workingHours: { mon: ['09:00-12:00', '13:00-24:00'] } } },
  { calendar: { ...calendar, holidays: { country: 'DE', region: 'BY', days: ['2028-02-29', '02-29', '12-24'] } } },
])('%j is accepted', (policy) => {
  expect(() => check(policy)).not.toThrow();
});

test.each<[object, RegExp]>([
  [{ due: '2 business days' }, /^calendar is missing/],
  [{ due: '0 business days', calendar }, /^due is not within 1 to 1000 business days/],
  [{ due: '1.5 business days', calendar }, /^due is not a business duration/],
  [{ due: '2 business weeks', calendar }, /^due is not a business duration/],
  [{ due: '2026-12-24T17:00:00' }, /^due is not a time: give ISO 8601 with its offset/],
  [{ due: '2026-02-30T17:00:00Z' }, /^due is not a time/],
  [{ due: '2026-12-24T25:00:00Z' }, /^due is not a time/],
  [{ calendar: {} }, /^calendar\.timeZone is missing/],
  [{ calendar: { ...calendar, workingHours: {} } }, /^calendar\.workingHours has no hours/],
  [{ calendar: { ...calendar, workingHours: { mon: [] } } }, /^calendar\.workingHours has no hours/],
  [{ calendar: { ...calendar, workingHours: { monday: ['09:00-17:00'] } } }, /^calendar\.workingHours\.monday is not/],
  [
    { calendar: { ...calendar, workingHours: { mon: ['9-17'] } } },
    /^calendar\.workingHours\.mon\[0\] is not an interval/,
  ],
  [{ calendar: { ...calendar, workingHours: { mon: ['17:00-09:00'] } } }, /mon\[0\] is not an interval/],
  [{ calendar: { ...calendar, workingHours: { mon: ['09:00-24:01'] } } }, /mon\[0\] is not an interval/],
  [{ calendar: { ...calendar, workingHours: { mon: ['09:00-12:00', '11:00-13:00'] } } }, /mon\[1\] begins before/],
  [{ calendar: { ...calendar, holidays: { days: ['31.12.'] } } }, /^calendar\.holidays\.days\[0\] is not a day/],
  [{ calendar: { ...calendar, holidays: { days: ['2027-02-29'] } } }, /days\[0\] is not a day/],
  [{ calendar: { ...calendar, holidays: { region: 'BY' } } }, /^calendar\.holidays\.country is missing/],
])('%j is refused by its field', (policy, message) => {
  expect(() => check(policy)).toThrow(message);
});
