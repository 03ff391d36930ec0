import { ScheduleStack, YEARLY } from '../../support/schedule-stack';
import { rejectionOf } from '../../support/rejection';

let stack: ScheduleStack;
beforeAll(async () => {
  stack = await ScheduleStack.start();
});
afterAll(() => stack.stop());

const run = { agentId: 'a' };
test.each<[string, string, object]>([
  ['nothing to start', 'run', { cron: '@daily' }],
  ['two things to start', 'run', { run, workflow: { type: 'x' }, cron: '@daily' }],
  ['no times', 'cron', { run }],
  ['an empty list of times', 'cron', { run, cron: [] }],
  ['a run without an agent', 'run.agentId', { run: {}, cron: '@daily' }],
  ['a run with a key', 'run.key', { run: { ...run, key: 'k' }, cron: '@daily' }],
  ['a run to attach to', 'run.runId', { run: { runId: 'r' }, cron: '@daily' }],
  ['a deadline that is none', 'run.deadline', { run: { ...run, deadline: 'soon' }, cron: '@daily' }],
  ['a workflow without a type', 'workflow.type', { workflow: {}, cron: '@daily' }],
  ['a batch without items', 'batch.source', { batch: { template: { run } }, cron: '@daily' }],
  ['a batch without a template', 'batch.template', { batch: { items: [] }, cron: '@daily' }],
  ['cron of four fields', 'cron', { run, cron: '* * * *' }],
  ['seconds before five fields', 'cron.year', { run, cron: '0 0 2 * * MON' }],
  ['an hour that is none', 'cron[1].hour', { run, cron: ['0 0 * * *', '0 24 * * *'] }],
  ['a day that is none', 'cron.dayOfWeek', { run, cron: '0 0 * * MONTAG' }],
  ['a range the wrong way round', 'cron.hour', { run, cron: '0 18-8 * * *' }],
  ['a step of zero', 'cron.minute', { run, cron: '*/0 * * * *' }],
  ['a zone in cron', 'cron', { run, cron: 'TZ=UTC 0 0 * * *' }],
  ['an interval in cron', 'cron', { run, cron: '@every 5m' }],
  ['an interval below a second', 'every', { run, every: '500ms' }],
  ['an offset that is too long', 'every.offset', { run, every: { every: '1h', offset: '2h' } }],
  ['a calendar field', 'calendars[0].month', { run, calendars: [{ month: 13 }] }],
  ['a calendar field that is unknown', 'calendars[0].week', { run, calendars: [{ week: 1 }] }],
  ['a time zone', 'timeZone', { run, cron: '@daily', timeZone: 'Mars/Olympus' }],
  ['an offset as a time zone', 'timeZone', { run, cron: '@daily', timeZone: '+01:00' }],
  ['a start without an offset', 'start', { run, cron: '@daily', start: '2027-01-01T00:00:00' }],
  ['an end before the start', 'end', { run, cron: '@daily', start: '2027-01-02T00:00Z', end: '2027-01-01T00:00Z' }],
  ['an overlap policy', 'overlap', { run, cron: '@daily', overlap: 'queue' }],
  ['a catch-up window that is too short', 'catchUp', { run, cron: '@daily', catchUp: '5s' }],
  ['a number of starts', 'remainingActions', { run, cron: '@daily', remainingActions: 0 }],
  ['a priority', 'priority.priorityKey', { run, cron: '@daily', priority: { priorityKey: 6 } }],
  ['a field that is unknown', 'retries', { run, cron: '@daily', retries: 3 }],
])('%s: %s', async (_what, field, definition) => {
  const error = await rejectionOf(stack.schedules.create(stack.newId(), definition));
  expect(error).toMatchObject({ name: 'InvalidInputError', type: 'Duvo.InvalidInput', field });
  expect(error.message).toMatch(new RegExp(`^${field.replace(/[[\].]/g, '\\$&')} (is|must|has|does)`));
});

test('an id that is in use, an id that is blank and a schedule that does not exist are refused', async () => {
  const id = stack.newId();
  await stack.schedules.create(id, { run, ...YEARLY });
  expect((await rejectionOf(stack.schedules.create(id, { run, ...YEARLY }))).name).toBe('ScheduleConflictError');
  expect(await rejectionOf(stack.schedules.create(' ', { run, ...YEARLY }))).toMatchObject({ field: 'id' });
  const missing = ['show', 'pause', 'resume', 'trigger', 'delete'] as const;
  for (const what of missing)
    expect((await rejectionOf(stack.schedules[what]('nobody'))).name).toBe('ScheduleNotFoundError');
  expect((await rejectionOf(stack.schedules.update('nobody', { note: 'x' }))).name).toBe('ScheduleNotFoundError');
});
