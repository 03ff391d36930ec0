import { DuvoWorkflows, type OverlapPolicy, type ScheduleDefinition } from '../../../client';
import type { Scenario } from '../../../testing';
import { runTemplate, ScheduleStack, YEARLY } from '../../support/schedule-stack';
import { rejectionOf } from '../../support/rejection';
import { eventually, QUICK_WATCH } from '../../support/stack';
import { collect } from '../../support/collect';

let stack: ScheduleStack;
beforeAll(async () => {
  stack = await ScheduleStack.start();
});
afterAll(() => stack.stop());

const ASKS: Scenario = { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { end: 'completed' }] };
const ENDS: Scenario = { steps: [{ end: 'completed' }] };

const answered = new Set<string>();
/** Answers a gate that is not answered yet: the list shows an answered gate for a moment longer. */
async function answerGate(agentId: string): Promise<void> {
  const duvo = new DuvoWorkflows(stack.client);
  const gate = await eventually(async () =>
    (await collect(duvo.gates.list({ agentId }))).find(({ ref }) => !answered.has(ref)),
  );
  answered.add(gate.ref);
  await duvo.gates.answer(gate, { approved: true, by: 'alice' });
}

test('each time starts a new run, whose workflow id contains the time', async () => {
  const [id, agentId] = [stack.newId(), stack.addAgent(ENDS)];
  await stack.schedules.create(id, { ...runTemplate(agentId), every: '1s', overlap: 'allow-all' });
  const info = await eventually(async () => {
    const now = await stack.schedules.show(id);
    return now.recent.length >= 2 && now;
  });
  await stack.schedules.delete(id);
  expect(info.recent[0]?.workflowId).toMatch(new RegExp(`^duvo-schedule-${id}-\\d{4}-\\d\\d-\\d\\dT`));
  const results = await Promise.all(
    info.recent.map(({ workflowId }) => stack.client.workflow.getHandle(workflowId).result()),
  );
  const ids = results.map((result) => (result as { runId: string }).runId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a new schedule is shown as it was defined, and listed with its group and agent', async () => {
  const [id, agentId] = [stack.newId(), stack.addAgent(ENDS)];
  const definition: ScheduleDefinition = {
    ...runTemplate(agentId),
    cron: ['30 2 * * MON-FRI', '*/15 8-18/2 1,15 JAN-MAR 7 2030'],
    every: { every: '6h', offset: '30m' },
    calendars: [{ hour: 9, minute: [0, 30], dayOfWeek: 'FRI-SUN', comment: 'at the weekend' }],
    skip: [{ hour: '*', minute: '*', second: '*', dayOfMonth: 24, month: 'DEC' }],
    timeZone: 'Europe/Berlin',
    start: '2037-01-01T00:00:00.000Z',
    end: '2047-01-01T00:00:00.000Z',
    jitter: '5m',
    overlap: 'buffer-one',
    catchUp: '1d',
    pauseOnFailure: true,
    remainingActions: 12,
    note: 'every night',
    priority: { priorityKey: 2, fairnessKey: 'billing', fairnessWeight: 2 },
  };
  const info = await stack.schedules.create(id, definition, { group: 'billing' });
  expect(info).toMatchObject({ id, isOwn: true, group: 'billing', kind: 'run', agentId, paused: false, started: 0 });
  expect(info).toMatchObject({ note: 'every night', remainingActions: 12 });
  const { taskQueue, apiTaskQueue } = stack;
  const calendars = [{ hour: 9, minute: [0, 30], dayOfWeek: [0, 5, 6], comment: 'at the weekend' }];
  const every = (length: number) => Array.from({ length }, (_, index) => index);
  const skip = [{ second: every(60), minute: every(60), hour: every(24), dayOfMonth: 24, month: 12 }];
  const run = { ...definition.run, apiTaskQueue };
  expect(info.definition).toEqual({ ...definition, run, calendars, skip, taskQueue });
  // The shown definition, used for an update, changes nothing.
  expect(await stack.schedules.update(id, info.definition)).toEqual(info);
  await eventually(async () => (await collect(stack.schedules.list({ agentId }))).length === 1);
  expect(await collect(stack.schedules.list({ group: 'billing', agentId }))).toEqual([info]);
  expect(await collect(stack.schedules.list({ group: 'others', agentId }))).toEqual([]);
});

test('a schedule starts a user’s workflow, or a batch with its items', async () => {
  const [one, two, agentId] = [stack.newId(), stack.newId(), stack.addAgent(ENDS)];
  const args = [{ agentId, watch: QUICK_WATCH, apiTaskQueue: stack.apiTaskQueue }];
  await stack.schedules.create(one, { workflow: { type: 'parentOfOne', args }, ...YEARLY });
  const { workflowId = '' } = await stack.schedules.trigger(one);
  expect(await stack.client.workflow.getHandle(workflowId).result()).toMatchObject({ status: 'completed' });
  const batch = { template: { run: { agentId } }, items: ['a', 'b'] };
  const info = await stack.schedules.create(two, { batch, ...YEARLY });
  expect(info).toMatchObject({ kind: 'batch', definition: { batch } });
  expect(await stack.schedules.show(one)).toMatchObject({ kind: 'workflow', definition: { workflow: { args } } });
});

describe('when what was started before is still running', () => {
  async function triggered(overlap: OverlapPolicy, scenario = ASKS) {
    const [id, agentId] = [stack.newId(), stack.addAgent(scenario)];
    await stack.schedules.create(id, { ...runTemplate(agentId), ...YEARLY, overlap });
    expect(await stack.schedules.trigger(id)).toMatchObject({ outcome: 'started' });
    await eventually(async () => (await collect(new DuvoWorkflows(stack.client).gates.list({ agentId }))).length === 1);
    return { id, agentId };
  }

  test('skip starts nothing', async () => {
    const { id, agentId } = await triggered('skip');
    expect(await stack.schedules.trigger(id)).toEqual({ outcome: 'skipped' });
    expect(stack.runsOf(agentId)).toHaveLength(1);
    expect(await stack.schedules.show(id)).toMatchObject({ skipped: 1, started: 1 });
    expect((await stack.schedules.show(id)).running).toHaveLength(1);
    await answerGate(agentId);
  });

  test('buffer-one starts one after the end of the former, and drops the third', async () => {
    const { id, agentId } = await triggered('buffer-one');
    expect(await stack.schedules.trigger(id)).toEqual({ outcome: 'waiting' });
    expect(await stack.schedules.trigger(id)).toEqual({ outcome: 'skipped' });
    expect(stack.runsOf(agentId)).toHaveLength(1);
    await answerGate(agentId);
    await eventually(() => stack.runsOf(agentId).length === 2);
    await answerGate(agentId);
    await eventually(async () => (await stack.schedules.show(id)).running.length === 0);
    expect(stack.runsOf(agentId)).toHaveLength(2);
  });

  test('cancel-other stops the former in Duvo, and then starts the next', async () => {
    const asksAndGoesOn: Scenario = { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { status: 'running' }] };
    const { id, agentId } = await triggered('cancel-other', asksAndGoesOn);
    await stack.schedules.trigger(id);
    await eventually(() => stack.runsOf(agentId).length === 2);
    expect(stack.runsOf(agentId)[0]?.status).toBe('canceled');
    const [workflowId = ''] = await eventually(async () => {
      const ids = (await stack.schedules.show(id)).running;
      return ids.length > 0 && ids;
    });
    await new DuvoWorkflows(stack.client).runs.get(workflowId).cancel();
  });

  test('allow-all runs both', async () => {
    const { id, agentId } = await triggered('allow-all');
    expect(await stack.schedules.trigger(id)).toMatchObject({ outcome: 'started' });
    await eventually(async () => (await collect(new DuvoWorkflows(stack.client).gates.list({ agentId }))).length === 2);
    await answerGate(agentId);
    await answerGate(agentId);
  });

  test('a trigger can have a policy of its own', async () => {
    const { id, agentId } = await triggered('skip');
    expect(await stack.schedules.trigger(id, { overlap: 'allow-all' })).toMatchObject({ outcome: 'started' });
    await eventually(() => stack.runsOf(agentId).length === 2);
    await answerGate(agentId);
    await answerGate(agentId);
  });
});

test('a backfill starts every time of a past period, both ends included, one after the other', async () => {
  const [id, agentId] = [stack.newId(), stack.addAgent(ENDS)];
  // The schedule ended long ago, so that no start of today mixes with the backfill.
  const [start, end] = ['2020-01-01T00:00:00Z', '2025-12-31T00:00:00Z'];
  await stack.schedules.create(id, { ...runTemplate(agentId), cron: '0 * * * *', start, end });
  const [from, to] = [new Date('2025-03-01T10:00:00Z'), new Date('2025-03-01T13:00:00Z')];
  await stack.schedules.backfill(id, { from, to });
  const { recent } = await eventually(async () => {
    const info = await stack.schedules.show(id);
    return info.started === 4 && info.running.length === 0 && info;
  });
  expect(recent.map(({ scheduledAt }) => scheduledAt)).toEqual(
    [10, 11, 12, 13].map((hour) => `2025-03-01T${hour}:00:00.000Z`),
  );
  expect(stack.runsOf(agentId)).toHaveLength(4);
  expect(await rejectionOf(stack.schedules.backfill(id, { from: to, to: from }))).toMatchObject({
    type: 'Duvo.InvalidInput',
  });
});

test('a paused schedule starts only by a trigger, until it is resumed', async () => {
  const [id, agentId] = [stack.newId(), stack.addAgent(ENDS)];
  await stack.schedules.create(id, { ...runTemplate(agentId), every: '1s', paused: true });
  await stack.schedules.trigger(id);
  await stack.schedules.pause(id, { note: 'month-end' });
  expect(await stack.schedules.show(id)).toMatchObject({ paused: true, note: 'month-end', started: 1 });
  await stack.schedules.resume(id);
  await eventually(async () => (await stack.schedules.show(id)).started > 1);
  await stack.schedules.pause(id);
});

test('with pauseOnFailure, a run that fails pauses its schedule', async () => {
  const [id, agentId] = [stack.newId(), stack.addAgent({ steps: [{ end: 'failed' }] })];
  await stack.schedules.create(id, { ...runTemplate(agentId), ...YEARLY, pauseOnFailure: true });
  await stack.schedules.trigger(id);
  await eventually(async () => (await stack.schedules.show(id)).paused);
});
