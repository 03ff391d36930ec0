import { randomUUID } from 'node:crypto';
import type { Client, WorkflowService } from '@temporalio/client';
import { DuvoRuns, DuvoSchedules, type Overlap, type ScheduleDefinition } from '../../client';
import type { Scenario } from '../../testing';
import { eventually, QUICK, type Stack, startStack } from '../support/stack';

let stack: Stack;
let schedules: DuvoSchedules;
const made: string[] = [];
beforeAll(async () => {
  stack = await startStack();
  schedules = new DuvoSchedules(stack.client, { taskQueue: stack.taskQueue, apiTaskQueue: stack.apiTaskQueue });
});
afterAll(async () => {
  for (const id of made) await schedules.delete(id).catch(() => undefined);
  await stack.stop();
});

const ASKS: Scenario = { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { end: 'completed' }] };
const ENDS: Scenario = { steps: [{ end: 'completed' }] };
/** Not before the tests are over. */
const YEARLY = { cron: '0 0 1 1 *' };

function newId(): string {
  const id = `schedule-${randomUUID()}`;
  made.push(id);
  return id;
}
function agent(scenario: Scenario): string {
  const agentId = `agent-${randomUUID()}`;
  stack.simulator.script(agentId, scenario);
  return agentId;
}
const running = (agentId: string) => ({ run: { agentId, message: 'a private message', watch: QUICK } });
const runsOf = (agentId: string) => stack.simulator.runs.filter((run) => run.agentId === agentId);
const thrown = async (promise: Promise<unknown>) => {
  try {
    await promise;
  } catch (error) {
    return error as Error & { type?: string; field?: string };
  }
  throw new Error('it succeeded');
};
const answered = new Set<string>();
/** Answers one that is not answered yet: the list shows an answered gate for a moment longer. */
async function answerGate(agentId: string): Promise<void> {
  const runs = new DuvoRuns(stack.client);
  const gate = await eventually(async () => (await runs.openGates({ agentId })).find(({ ref }) => !answered.has(ref)));
  answered.add(gate.ref);
  await runs.answer(gate, { approved: true, by: 'alice' });
}

test('each time starts a run of its own, with a workflow id that tells the time', async () => {
  const [id, agentId] = [newId(), agent(ENDS)];
  await schedules.create(id, { ...running(agentId), every: '1s', overlap: 'allow-all' });
  const info = await eventually(async () => {
    const now = await schedules.show(id);
    return now.recent.length >= 2 && now;
  });
  await schedules.delete(id);
  expect(info.recent[0]?.workflowId).toMatch(new RegExp(`^duvo-schedule-${id}-\\d{4}-\\d\\d-\\d\\dT`));
  const results = await Promise.all(
    info.recent.map(({ workflowId }) => stack.client.workflow.getHandle(workflowId).result()),
  );
  const ids = results.map((result) => (result as { runId: string }).runId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a new schedule is shown as it was asked for, and listed as one of ours', async () => {
  const [id, agentId] = [newId(), agent(ENDS)];
  const definition: ScheduleDefinition = {
    ...running(agentId),
    cron: ['30 2 * * MON-FRI', '*/15 8-18/2 1,15 JAN-MAR 7 2030'],
    every: { every: '6h', offset: '30m' },
    calendars: [{ hour: 9, minute: [0, 30], dayOfWeek: 'FRI-SUN', comment: 'at the weekend' }],
    skip: [{ hour: '*', minute: '*', second: '*', dayOfMonth: 24, month: 'DEC' }],
    timeZone: 'Europe/Berlin',
    start: '2027-01-01T00:00:00.000Z',
    end: '2037-01-01T00:00:00.000Z',
    jitter: '5m',
    overlap: 'buffer-one',
    catchUp: '1d',
    pauseOnFailure: true,
    remainingActions: 12,
    note: 'every night',
    priority: { priorityKey: 2, fairnessKey: 'billing', fairnessWeight: 2 },
  };
  const info = await schedules.create(id, definition, { group: 'billing' });
  expect(info).toMatchObject({ id, isOwn: true, group: 'billing', kind: 'run', agentId, paused: false, started: 0 });
  expect(info).toMatchObject({ note: 'every night', remainingActions: 12 });
  const { taskQueue, apiTaskQueue } = stack;
  const calendars = [{ hour: 9, minute: [0, 30], dayOfWeek: [0, 5, 6], comment: 'at the weekend' }];
  const every = (length: number) => Array.from({ length }, (_, index) => index);
  const skip = [{ second: every(60), minute: every(60), hour: every(24), dayOfMonth: 24, month: 12 }];
  const run = { ...definition.run, apiTaskQueue };
  expect(info.definition).toEqual({ ...definition, run, calendars, skip, taskQueue });
  // What is shown makes the same again.
  expect(await schedules.update(id, info.definition)).toEqual(info);
  await eventually(async () => (await schedules.list({ agentId })).length === 1);
  expect(await schedules.list({ group: 'billing', agentId })).toEqual([info]);
  expect(await schedules.list({ group: 'others', agentId })).toEqual([]);
});

test('a user’s workflow, and a batch with its items', async () => {
  const [one, two, agentId] = [newId(), newId(), agent(ENDS)];
  const args = [{ agentId, watch: QUICK, apiTaskQueue: stack.apiTaskQueue }];
  await schedules.create(one, { workflow: { type: 'parentOfOne', args }, ...YEARLY });
  const { workflowId = '' } = await schedules.trigger(one);
  expect(await stack.client.workflow.getHandle(workflowId).result()).toMatchObject({ status: 'completed' });
  const batch = { template: { run: { agentId } }, items: ['a', 'b'] };
  const info = await schedules.create(two, { batch, ...YEARLY });
  expect(info).toMatchObject({ kind: 'batch', definition: { batch } });
  expect(await schedules.show(one)).toMatchObject({ kind: 'workflow', definition: { workflow: { args } } });
});

describe('when what was started before is still running', () => {
  async function triggered(overlap: Overlap, scenario = ASKS) {
    const [id, agentId] = [newId(), agent(scenario)];
    await schedules.create(id, { ...running(agentId), ...YEARLY, overlap });
    expect(await schedules.trigger(id)).toMatchObject({ outcome: 'started' });
    await eventually(async () => (await new DuvoRuns(stack.client).openGates({ agentId })).length === 1);
    return { id, agentId };
  }

  test('skip: nothing is started', async () => {
    const { id, agentId } = await triggered('skip');
    expect(await schedules.trigger(id)).toEqual({ outcome: 'skipped' });
    expect(runsOf(agentId)).toHaveLength(1);
    expect(await schedules.show(id)).toMatchObject({ skipped: 1, started: 1 });
    expect((await schedules.show(id)).running).toHaveLength(1);
    await answerGate(agentId);
  });

  test('buffer-one: one waits until the former has ended, a third is left out', async () => {
    const { id, agentId } = await triggered('buffer-one');
    expect(await schedules.trigger(id)).toEqual({ outcome: 'waiting' });
    expect(await schedules.trigger(id)).toEqual({ outcome: 'skipped' });
    expect(runsOf(agentId)).toHaveLength(1);
    await answerGate(agentId);
    await eventually(() => runsOf(agentId).length === 2);
    await answerGate(agentId);
    await eventually(async () => (await schedules.show(id)).running.length === 0);
    expect(runsOf(agentId)).toHaveLength(2);
  });

  test('cancel-other: the former is stopped in Duvo, then the next is started', async () => {
    const asksAndGoesOn: Scenario = { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { status: 'running' }] };
    const { id, agentId } = await triggered('cancel-other', asksAndGoesOn);
    await schedules.trigger(id);
    await eventually(() => runsOf(agentId).length === 2);
    expect(runsOf(agentId)[0]?.status).toBe('canceled');
    const [workflowId = ''] = await eventually(async () => {
      const ids = (await schedules.show(id)).running;
      return ids.length > 0 && ids;
    });
    await new DuvoRuns(stack.client).get(workflowId).cancel();
  });

  test('allow-all: both run', async () => {
    const { id, agentId } = await triggered('allow-all');
    expect(await schedules.trigger(id)).toMatchObject({ outcome: 'started' });
    await eventually(async () => (await new DuvoRuns(stack.client).openGates({ agentId })).length === 2);
    await answerGate(agentId);
    await answerGate(agentId);
  });

  test('a policy for one start by hand', async () => {
    const { id, agentId } = await triggered('skip');
    expect(await schedules.trigger(id, { overlap: 'allow-all' })).toMatchObject({ outcome: 'started' });
    await eventually(() => runsOf(agentId).length === 2);
    await answerGate(agentId);
    await answerGate(agentId);
  });
});

test('backfill: every time of a window of the past, both ends included, one after the other', async () => {
  const [id, agentId] = [newId(), agent(ENDS)];
  await schedules.create(id, { ...running(agentId), cron: '0 * * * *', start: '2020-01-01T00:00:00Z' });
  const [from, to] = [new Date('2025-03-01T10:00:00Z'), new Date('2025-03-01T13:00:00Z')];
  await schedules.backfill(id, { from, to });
  const { recent } = await eventually(async () => {
    const info = await schedules.show(id);
    return info.started === 4 && info.running.length === 0 && info;
  });
  expect(recent.map(({ scheduledAt }) => scheduledAt)).toEqual(
    [10, 11, 12, 13].map((hour) => `2025-03-01T${hour}:00:00.000Z`),
  );
  expect(runsOf(agentId)).toHaveLength(4);
  expect(await thrown(schedules.backfill(id, { from: to, to: from }))).toMatchObject({ type: 'Duvo.InvalidInput' });
});

test('paused: nothing is started but by hand, until it is resumed', async () => {
  const [id, agentId] = [newId(), agent(ENDS)];
  await schedules.create(id, { ...running(agentId), every: '1s', paused: true });
  await schedules.trigger(id);
  await schedules.pause(id, { note: 'month-end' });
  expect(await schedules.show(id)).toMatchObject({ paused: true, note: 'month-end', started: 1 });
  await schedules.resume(id);
  await eventually(async () => (await schedules.show(id)).started > 1);
  await schedules.pause(id);
});

test('pauseOnFailure: a run that fails pauses its schedule', async () => {
  const [id, agentId] = [newId(), agent({ steps: [{ end: 'failed' }] })];
  await schedules.create(id, { ...running(agentId), ...YEARLY, pauseOnFailure: true });
  await schedules.trigger(id);
  await eventually(async () => (await schedules.show(id)).paused);
});

describe('preview', () => {
  const previews = async () => {
    const ids: string[] = [];
    for await (const { scheduleId } of stack.client.schedule.list())
      if (scheduleId.startsWith('duvo-preview-')) ids.push(scheduleId);
    return ids;
  };
  const at = (start: string, times: Partial<ScheduleDefinition>) =>
    schedules.preview({ run: { agentId: 'a' }, start, ...times }, { count: 3 });

  test('the next times, in the time of the zone before and after the clocks change', async () => {
    // Berlin: from 02:00 to 03:00 on 28 March 2027, from 03:00 back to 02:00 on 31 October 2027.
    const timeZone = 'Europe/Berlin';
    expect(await at('2027-03-27T00:00:00Z', { cron: '0 6 * * *', timeZone })).toEqual([
      '2027-03-27T05:00:00.000Z',
      '2027-03-28T04:00:00.000Z',
      '2027-03-29T04:00:00.000Z',
    ]);
    expect(await at('2027-10-30T00:00:00Z', { cron: '0 6 * * *', timeZone })).toEqual([
      '2027-10-30T04:00:00.000Z',
      '2027-10-31T05:00:00.000Z',
      '2027-11-01T05:00:00.000Z',
    ]);
  });

  test('a time that the change leaves out is not started on that day, one that comes twice is started once', async () => {
    const timeZone = 'Europe/Berlin';
    expect(await at('2027-03-27T00:00:00Z', { cron: '30 2 * * *', timeZone })).toEqual([
      '2027-03-27T01:30:00.000Z',
      '2027-03-29T00:30:00.000Z',
      '2027-03-30T00:30:00.000Z',
    ]);
    const back = await at('2027-10-30T12:00:00Z', { cron: '30 2 * * *', timeZone });
    expect(back.filter((time) => time.startsWith('2027-10-31'))).toHaveLength(1);
    expect(back[1]).toBe('2027-11-01T01:30:00.000Z');
  });

  test('an interval does not care for clocks; what never comes has no times', async () => {
    const timeZone = 'America/New_York';
    expect(await at('2027-03-14T00:00:01Z', { every: '12h', timeZone })).toEqual([
      '2027-03-14T12:00:00.000Z',
      '2027-03-15T00:00:00.000Z',
      '2027-03-15T12:00:00.000Z',
    ]);
    expect(await at('2027-01-01T00:00:00Z', { cron: '0 0 30 2 *' })).toEqual([]);
  });

  test('starts nothing and leaves nothing behind', async () => {
    const agentId = agent(ENDS);
    expect(await schedules.preview({ ...running(agentId), every: '1s', jitter: '1h' })).toHaveLength(5);
    await eventually(async () => (await previews()).length === 0);
    expect(runsOf(agentId)).toHaveLength(0);
  });

  test('a zone that only the server does not know is refused, and leaves nothing behind', async () => {
    const error = await thrown(schedules.preview({ run: { agentId: 'a' }, ...YEARLY, timeZone: 'europe/BERLIN' }));
    expect(error).toMatchObject({ name: 'InvalidInputError', field: 'schedule' });
    await eventually(async () => (await previews()).length === 0);
  });
});

describe('update', () => {
  test('the fields that are given; another action and other times take the place of the former', async () => {
    const id = newId();
    await schedules.create(id, { run: { agentId: 'a' }, ...YEARLY, note: 'before', jitter: '1m', remainingActions: 3 });
    const later = await schedules.update(id, { every: '1d', workflow: { type: 'mine' }, jitter: null, note: 'after' });
    expect(later).toMatchObject({ kind: 'workflow', note: 'after', remainingActions: 3 });
    const { taskQueue } = stack;
    const rest = { note: 'after', remainingActions: 3, taskQueue };
    expect(later.definition).toEqual({ workflow: { type: 'mine' }, every: '1d', ...rest });
  });

  test('a pause that comes between the look and the write is not lost', async () => {
    const id = newId();
    await schedules.create(id, { run: { agentId: 'a' }, ...YEARLY });
    let pauses = 0;
    const service = stack.client.workflowService;
    const raced = Object.create(service, {
      updateSchedule: {
        value: async (request: Parameters<WorkflowService['updateSchedule']>[0]) => {
          if (pauses++ === 0) await schedules.pause(id, { note: 'stop it' });
          return service.updateSchedule(request);
        },
      },
    }) as WorkflowService;
    const client = Object.create(stack.client, { workflowService: { value: raced } }) as Client;
    await new DuvoSchedules(client, { taskQueue: stack.taskQueue }).update(id, { overlap: 'buffer-all' });
    expect(await schedules.show(id)).toMatchObject({
      paused: true,
      note: 'stop it',
      definition: { overlap: 'buffer-all' },
    });
    expect(pauses).toBe(2);
  });

  test('a schedule that this library did not make is left alone', async () => {
    const id = newId();
    const action = { type: 'startWorkflow' as const, workflowType: 'x', taskQueue: 'x' };
    await stack.client.schedule.create({ scheduleId: id, spec: { intervals: [{ every: '1d' }] }, action });
    expect((await thrown(schedules.update(id, { overlap: 'allow-all' }))).name).toBe('ScheduleConflictError');
    const file = { schedules: { [id]: { run: { agentId: 'a' }, ...YEARLY } } };
    expect((await thrown(schedules.apply(file))).name).toBe('ScheduleConflictError');
    expect(await schedules.show(id)).toMatchObject({ isOwn: false });
    expect((await schedules.list()).map((one) => one.id)).not.toContain(id);
  });
});

describe('a file of schedules', () => {
  const nightly = (agentId = 'a') => ({ ...running(agentId), cron: '0 2 * * *', timeZone: 'Europe/Berlin' });
  const kinds = (changes: { id: string; change: string }[]) =>
    Object.fromEntries(changes.map(({ id, change }) => [id, change]));

  test('is made true, and again is unchanged; a change is shown by its fields, without what people wrote', async () => {
    const [one, two, group] = [newId(), newId(), randomUUID()];
    const file = { group, schedules: { [one]: nightly(), [two]: { ...nightly(), note: 'two', remainingActions: 9 } } };
    expect(kinds(await schedules.difference(file))).toEqual({ [one]: 'create', [two]: 'create' });
    expect((await thrown(schedules.show(one))).name).toBe('ScheduleNotFoundError');
    await schedules.apply(file);
    expect(kinds(await schedules.apply(file))).toEqual({ [one]: 'unchanged', [two]: 'unchanged' });
    const changed = { group, schedules: { ...file.schedules, [one]: { ...nightly(), jitter: '5m' } } };
    changed.schedules[one] = { ...nightly(), cron: '0 3 * * *', run: { ...nightly().run, message: 'another secret' } };
    const difference = await schedules.difference(changed);
    expect(difference).toEqual([
      {
        id: one,
        change: 'change',
        fields: [{ field: 'calendars', from: '0 2 * * *', to: '0 3 * * *' }, { field: 'run.message' }],
      },
      { id: two, change: 'unchanged' },
    ]);
    expect(await schedules.apply(changed)).toEqual(difference);
    expect(await schedules.show(one)).toMatchObject({ definition: { cron: '0 3 * * *' } });
    expect(kinds(await schedules.apply(changed))).toEqual({ [one]: 'unchanged', [two]: 'unchanged' });
  });

  test('what people do in operation stays: a pause with its note, what is left of the starts', async () => {
    const [id, agentId] = [newId(), agent(ENDS)];
    const file = (more: object) => ({
      schedules: { [id]: { ...running(agentId), every: '1s', note: 'nightly', remainingActions: 1000, ...more } },
    });
    await schedules.apply(file({ overlap: 'allow-all' }));
    await eventually(async () => (await schedules.show(id)).started > 0);
    await schedules.pause(id, { note: 'month-end' });
    const { remainingActions = 0 } = await schedules.show(id);
    expect(remainingActions).toBeLessThan(1000);
    const [change] = await schedules.apply(file({ overlap: 'allow-all' }));
    expect(change).toEqual({ id, change: 'unchanged' });
    await schedules.apply(file({ every: '1d' }));
    expect(await schedules.show(id)).toMatchObject({ paused: true, note: 'month-end', remainingActions });
    await schedules.apply(file({ every: '1d', paused: false, remainingActions: 7 }));
    expect(await schedules.show(id)).toMatchObject({ paused: false, remainingActions: 7 });
  });

  test('prune deletes what the group of the file no longer has, and of no other group', async () => {
    const [one, two, other, single] = [newId(), newId(), newId(), newId()];
    const group = randomUUID();
    await schedules.apply({ group, schedules: { [one]: nightly(), [two]: nightly() } });
    await schedules.apply({ group: `${group}-other`, schedules: { [other]: nightly() } });
    await schedules.create(single, nightly());
    await eventually(async () => (await schedules.list({ group })).length === 2);
    const file = { group, schedules: { [one]: nightly() } };
    expect(kinds(await schedules.difference(file))).toEqual({ [one]: 'unchanged' });
    expect(kinds(await schedules.apply(file, { prune: true }))).toEqual({ [one]: 'unchanged', [two]: 'delete' });
    expect((await thrown(schedules.show(two))).name).toBe('ScheduleNotFoundError');
    for (const id of [one, other, single]) await schedules.show(id);
    // Deleted by hand, and still seen by visibility: nothing to do.
    await schedules.delete(one);
    expect(kinds(await schedules.apply({ group, schedules: {} }, { prune: true }))).toEqual({});
  });

  test('a schedule of no group is taken in, one of another group is not', async () => {
    const id = newId();
    await schedules.create(id, nightly());
    const [change] = await schedules.apply({ group: 'mine', schedules: { [id]: nightly() } });
    expect(change).toEqual({ id, change: 'change', fields: [{ field: 'group', to: 'mine' }] });
    const error = await thrown(schedules.apply({ group: 'yours', schedules: { [id]: nightly() } }));
    expect(error.name).toBe('ScheduleConflictError');
    expect(error.message).toContain("'mine'");
  });

  test('is checked as a whole before anything is changed', async () => {
    const id = newId();
    const file = { schedules: { [id]: nightly(), wrong: { ...nightly(), cron: '0 25 * * *' } } };
    expect(await thrown(schedules.apply(file))).toMatchObject({ field: 'schedules.wrong.cron.hour' });
    expect((await thrown(schedules.show(id))).name).toBe('ScheduleNotFoundError');
    expect(await thrown(schedules.apply({ schedules: {} }, { prune: true }))).toMatchObject({ field: 'group' });
  });
});

describe('refused before anything is sent, with the field', () => {
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
    const error = await thrown(schedules.create(newId(), definition));
    expect(error).toMatchObject({ name: 'InvalidInputError', type: 'Duvo.InvalidInput', field });
    expect(error.message).toMatch(new RegExp(`^${field.replace(/[[\].]/g, '\\$&')} (is|must|has|does)`));
  });

  test('an id that is taken or none; a schedule that is not there', async () => {
    const id = newId();
    await schedules.create(id, { run, ...YEARLY });
    expect((await thrown(schedules.create(id, { run, ...YEARLY }))).name).toBe('ScheduleConflictError');
    expect(await thrown(schedules.create(' ', { run, ...YEARLY }))).toMatchObject({ field: 'id' });
    const missing = ['show', 'pause', 'resume', 'trigger', 'delete'] as const;
    for (const what of missing) expect((await thrown(schedules[what]('nobody'))).name).toBe('ScheduleNotFoundError');
    expect((await thrown(schedules.update('nobody', { note: 'x' }))).name).toBe('ScheduleNotFoundError');
  });
});
