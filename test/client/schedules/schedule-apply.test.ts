import { randomUUID } from 'node:crypto';
import { runTemplate, ScheduleStack } from '../../support/schedule-stack';
import { rejectionOf } from '../../support/rejection';
import { eventually } from '../../support/stack';
import { collect } from '../../support/collect';

let stack: ScheduleStack;
beforeAll(async () => {
  stack = await ScheduleStack.start();
});
afterAll(() => stack.stop());

const nightly = (agentId = 'a') => ({ ...runTemplate(agentId), cron: '0 2 * * *', timeZone: 'Europe/Berlin' });
const kinds = (changes: { id: string; change: string }[]) =>
  Object.fromEntries(changes.map(({ id, change }) => [id, change]));

test('a file is applied once, and a changed file shows the changed fields without people’s texts', async () => {
  const [one, two, group] = [stack.newId(), stack.newId(), randomUUID()];
  const file = { group, schedules: { [one]: nightly(), [two]: { ...nightly(), note: 'two', remainingActions: 9 } } };
  expect(kinds(await stack.schedules.diff(file))).toEqual({ [one]: 'create', [two]: 'create' });
  expect((await rejectionOf(stack.schedules.show(one))).name).toBe('ScheduleNotFoundError');
  await stack.schedules.apply(file);
  expect(kinds(await stack.schedules.apply(file))).toEqual({ [one]: 'unchanged', [two]: 'unchanged' });
  const changed = { group, schedules: { ...file.schedules, [one]: { ...nightly(), jitter: '5m' } } };
  changed.schedules[one] = { ...nightly(), cron: '0 3 * * *', run: { ...nightly().run, message: 'another secret' } };
  const difference = await stack.schedules.diff(changed);
  expect(difference).toEqual([
    {
      id: one,
      change: 'change',
      fields: [{ field: 'calendars', from: '0 2 * * *', to: '0 3 * * *' }, { field: 'run.message' }],
    },
    { id: two, change: 'unchanged' },
  ]);
  expect(await stack.schedules.apply(changed)).toEqual(difference);
  expect(await stack.schedules.show(one)).toMatchObject({ definition: { cron: '0 3 * * *' } });
  expect(kinds(await stack.schedules.apply(changed))).toEqual({ [one]: 'unchanged', [two]: 'unchanged' });
});

test('a null in the arguments of a workflow, or in the items of a batch, differs from an absent field', async () => {
  const [one, two] = [stack.newId(), stack.newId()];
  const template = { workflow: { type: 'mine' } };
  const file = (item: object) => ({
    schedules: {
      [one]: { workflow: { type: 'mine', args: [item] }, cron: '0 2 1 1 *' },
      [two]: { batch: { template, items: [item] }, cron: '0 2 1 1 *' },
    },
  });
  await stack.schedules.apply(file({ account: null, n: 1 }));
  expect(kinds(await stack.schedules.diff(file({ n: 1, account: null })))).toEqual({
    [one]: 'unchanged',
    [two]: 'unchanged',
  });
  expect(await stack.schedules.diff(file({ n: 1 }))).toEqual([
    { id: one, change: 'change', fields: [{ field: 'workflow.args' }] },
    { id: two, change: 'change', fields: [{ field: 'batch.items' }] },
  ]);
});

test('changes by operations stay: a pause with its note, and the number of remaining starts', async () => {
  const [id, agentId] = [stack.newId(), stack.addAgent({ steps: [{ end: 'completed' }] })];
  const file = (more: object) => ({
    schedules: { [id]: { ...runTemplate(agentId), every: '1s', note: 'nightly', remainingActions: 1000, ...more } },
  });
  await stack.schedules.apply(file({ overlap: 'allow-all' }));
  await eventually(async () => (await stack.schedules.show(id)).started > 0);
  await stack.schedules.pause(id, { note: 'month-end' });
  const { remainingActions = 0 } = await stack.schedules.show(id);
  expect(remainingActions).toBeLessThan(1000);
  const [change] = await stack.schedules.apply(file({ overlap: 'allow-all' }));
  expect(change).toEqual({ id, change: 'unchanged' });
  await stack.schedules.apply(file({ every: '1d' }));
  expect(await stack.schedules.show(id)).toMatchObject({ paused: true, note: 'month-end', remainingActions });
  await stack.schedules.apply(file({ every: '1d', paused: false, remainingActions: 7 }));
  expect(await stack.schedules.show(id)).toMatchObject({ paused: false, remainingActions: 7 });
});

test('prune deletes schedules of the file’s group that the file no longer has, and none of another group', async () => {
  const [one, two, other, single] = [stack.newId(), stack.newId(), stack.newId(), stack.newId()];
  const group = randomUUID();
  await stack.schedules.apply({ group, schedules: { [one]: nightly(), [two]: nightly() } });
  await stack.schedules.apply({ group: `${group}-other`, schedules: { [other]: nightly() } });
  await stack.schedules.create(single, nightly());
  await eventually(async () => (await collect(stack.schedules.list({ group }))).length === 2);
  const file = { group, schedules: { [one]: nightly() } };
  expect(kinds(await stack.schedules.diff(file))).toEqual({ [one]: 'unchanged' });
  expect(kinds(await stack.schedules.apply(file, { prune: true }))).toEqual({ [one]: 'unchanged', [two]: 'delete' });
  expect((await rejectionOf(stack.schedules.show(two))).name).toBe('ScheduleNotFoundError');
  for (const id of [one, other, single]) await stack.schedules.show(id);
  // A schedule that was deleted otherwise stays in visibility for a moment; prune does nothing for it.
  await stack.schedules.delete(one);
  expect(kinds(await stack.schedules.apply({ group, schedules: {} }, { prune: true }))).toEqual({});
});

test('prune deletes only what was confirmed, not a schedule that joined the group since then', async () => {
  const [shown, later] = [stack.newId(), stack.newId()];
  const group = randomUUID();
  const file = { group, schedules: {} };
  const listed = (count: number) =>
    eventually(async () => (await collect(stack.schedules.list({ group }))).length === count);
  await stack.schedules.apply({ group, schedules: { [shown]: nightly() } });
  await listed(1);
  const confirmed = await stack.schedules.diff(file, { prune: true });
  await stack.schedules.apply({ group, schedules: { [later]: nightly() } });
  await listed(2);
  expect(kinds(await stack.schedules.apply(file, { prune: true, confirmed }))).toEqual({ [shown]: 'delete' });
  await stack.schedules.show(later);
});

test('a file takes over a schedule without a group, but not one of another group', async () => {
  const id = stack.newId();
  await stack.schedules.create(id, nightly());
  const [change] = await stack.schedules.apply({ group: 'mine', schedules: { [id]: nightly() } });
  expect(change).toEqual({ id, change: 'change', fields: [{ field: 'group', to: 'mine' }] });
  const error = await rejectionOf(stack.schedules.apply({ group: 'yours', schedules: { [id]: nightly() } }));
  expect(error.name).toBe('ScheduleConflictError');
  expect(error.message).toContain("'mine'");
});

test('a file is checked as a whole before anything is changed', async () => {
  const id = stack.newId();
  const file = { schedules: { [id]: nightly(), wrong: { ...nightly(), cron: '0 25 * * *' } } };
  expect(await rejectionOf(stack.schedules.apply(file))).toMatchObject({ field: 'schedules.wrong.cron.hour' });
  expect((await rejectionOf(stack.schedules.show(id))).name).toBe('ScheduleNotFoundError');
  expect(await rejectionOf(stack.schedules.apply({ schedules: {} }, { prune: true }))).toMatchObject({
    field: 'group',
  });
});
