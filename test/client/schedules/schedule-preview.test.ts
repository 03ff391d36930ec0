import type { ScheduleDefinition } from '../../../client';
import { runTemplate, ScheduleStack, YEARLY } from '../../support/schedule-stack';
import { rejectionOf } from '../../support/rejection';
import { eventually } from '../../support/stack';

let stack: ScheduleStack;
beforeAll(async () => {
  stack = await ScheduleStack.start();
});
afterAll(() => stack.stop());

const previews = async () => {
  const ids: string[] = [];
  for await (const { scheduleId } of stack.client.schedule.list())
    if (scheduleId.startsWith('duvo-preview-')) ids.push(scheduleId);
  return ids;
};
const at = (start: string, times: Partial<ScheduleDefinition>) =>
  stack.schedules.preview({ run: { agentId: 'a' }, start, ...times }, { count: 3 });

test('the next times follow the time zone before and after the clocks change', async () => {
  // In Berlin, the clocks go from 02:00 to 03:00 on 29 March 2037, and from 03:00 back to 02:00 on 25 October 2037.
  const timeZone = 'Europe/Berlin';
  expect(await at('2037-03-28T00:00:00Z', { cron: '0 6 * * *', timeZone })).toEqual([
    '2037-03-28T05:00:00.000Z',
    '2037-03-29T04:00:00.000Z',
    '2037-03-30T04:00:00.000Z',
  ]);
  expect(await at('2037-10-24T00:00:00Z', { cron: '0 6 * * *', timeZone })).toEqual([
    '2037-10-24T04:00:00.000Z',
    '2037-10-25T05:00:00.000Z',
    '2037-10-26T05:00:00.000Z',
  ]);
});

test('a local time that does not exist on a day has no start on it, and one that exists twice has one start', async () => {
  const timeZone = 'Europe/Berlin';
  expect(await at('2037-03-28T00:00:00Z', { cron: '30 2 * * *', timeZone })).toEqual([
    '2037-03-28T01:30:00.000Z',
    '2037-03-30T00:30:00.000Z',
    '2037-03-31T00:30:00.000Z',
  ]);
  const back = await at('2037-10-24T12:00:00Z', { cron: '30 2 * * *', timeZone });
  expect(back.filter((time) => time.startsWith('2037-10-25'))).toHaveLength(1);
  expect(back[1]).toBe('2037-10-26T01:30:00.000Z');
});

test('an interval ignores changes of the clocks, and a date that never comes is refused', async () => {
  const timeZone = 'America/New_York';
  expect(await at('2037-03-08T00:00:01Z', { every: '12h', timeZone })).toEqual([
    '2037-03-08T12:00:00.000Z',
    '2037-03-09T00:00:00.000Z',
    '2037-03-09T12:00:00.000Z',
  ]);
  const never = at('2037-01-01T00:00:00Z', { cron: '0 0 30 2 *' });
  expect(await rejectionOf(never)).toMatchObject({ name: 'InvalidInputError', field: 'cron' });
});

test('a preview starts nothing and leaves nothing behind', async () => {
  const agentId = stack.addAgent({ steps: [{ end: 'completed' }] });
  expect(await stack.schedules.preview({ ...runTemplate(agentId), every: '1s', jitter: '1h' })).toHaveLength(5);
  await eventually(async () => (await previews()).length === 0);
  expect(stack.runsOf(agentId)).toHaveLength(0);
});

test('a time zone that only the server does not know is refused, and the preview leaves nothing behind', async () => {
  const error = await rejectionOf(
    stack.schedules.preview({ run: { agentId: 'a' }, ...YEARLY, timeZone: 'europe/BERLIN' }),
  );
  expect(error).toMatchObject({ name: 'InvalidInputError', field: 'schedule' });
  await eventually(async () => (await previews()).length === 0);
});

test.each([
  ['cron', { cron: '0 0 31 2 *' }],
  ['calendars', { calendars: [{ dayOfMonth: 30, month: 'FEB' }] }],
])('a schedule whose dates never come is refused at its creation, by its %s', async (field, times) => {
  const id = stack.newId();
  const created = stack.schedules.create(id, { run: { agentId: 'a' }, ...times });
  expect(await rejectionOf(created)).toMatchObject({ name: 'InvalidInputError', field });
  expect((await rejectionOf(stack.schedules.show(id))).name).toBe('ScheduleNotFoundError');
});

test('dates that never come are refused in an update and in a file, and the schedule stays as it is', async () => {
  const id = stack.newId();
  const run = { agentId: 'a' };
  await stack.schedules.create(id, { run, ...YEARLY });
  const updated = stack.schedules.update(id, { cron: '0 0 31 2 *' });
  expect(await rejectionOf(updated)).toMatchObject({ name: 'InvalidInputError', field: 'cron' });
  for (const name of [id, stack.newId()]) {
    const applied = stack.schedules.apply({ schedules: { [name]: { run, cron: '0 0 31 2 *' } } });
    const field = `schedules.${name}.cron`;
    expect(await rejectionOf(applied)).toMatchObject({ name: 'InvalidInputError', field });
  }
  expect((await stack.schedules.show(id)).definition).toMatchObject(YEARLY);
});

test('a schedule whose end has passed is created, for a backfill, and has no next times', async () => {
  const ended = { run: { agentId: 'a' }, cron: '0 0 * * *', end: '2020-01-01T00:00:00Z' };
  expect(await stack.schedules.preview(ended)).toEqual([]);
  const { next } = await stack.schedules.create(stack.newId(), ended);
  expect(next).toEqual([]);
});
