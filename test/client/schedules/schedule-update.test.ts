import type { Client, WorkflowService } from '@temporalio/client';
import { DuvoWorkflows } from '../../../client';
import { ScheduleStack, YEARLY } from '../../support/schedule-stack';
import { rejectionOf } from '../../support/rejection';
import { collect } from '../../support/collect';

let stack: ScheduleStack;
beforeAll(async () => {
  stack = await ScheduleStack.start();
});
afterAll(() => stack.stop());

test('an update changes the given fields, and a new action or new times replace the former ones', async () => {
  const id = stack.newId();
  await stack.schedules.create(id, {
    run: { agentId: 'a' },
    ...YEARLY,
    note: 'before',
    jitter: '1m',
    remainingActions: 3,
  });
  const later = await stack.schedules.update(id, {
    every: '1d',
    workflow: { type: 'mine' },
    jitter: null,
    note: 'after',
  });
  expect(later).toMatchObject({ kind: 'workflow', note: 'after', remainingActions: 3 });
  const { taskQueue } = stack;
  const rest = { note: 'after', remainingActions: 3, taskQueue };
  expect(later.definition).toEqual({ workflow: { type: 'mine' }, every: '1d', ...rest });
});

test('a pause between the read and the write of an update is not lost', async () => {
  const id = stack.newId();
  await stack.schedules.create(id, { run: { agentId: 'a' }, ...YEARLY });
  let pauses = 0;
  const service = stack.client.workflowService;
  const raced = Object.create(service, {
    updateSchedule: {
      value: async (request: Parameters<WorkflowService['updateSchedule']>[0]) => {
        if (pauses++ === 0) await stack.schedules.pause(id, { note: 'stop it' });
        return service.updateSchedule(request);
      },
    },
  }) as WorkflowService;
  const client = Object.create(stack.client, { workflowService: { value: raced } }) as Client;
  await new DuvoWorkflows(client, { taskQueue: stack.taskQueue }).schedules.update(id, { overlap: 'buffer-all' });
  expect(await stack.schedules.show(id)).toMatchObject({
    paused: true,
    note: 'stop it',
    definition: { overlap: 'buffer-all' },
  });
  expect(pauses).toBe(2);
});

test('a schedule that this library did not make is not changed', async () => {
  const id = stack.newId();
  const action = { type: 'startWorkflow' as const, workflowType: 'x', taskQueue: 'x' };
  await stack.client.schedule.create({ scheduleId: id, spec: { intervals: [{ every: '1d' }] }, action });
  expect((await rejectionOf(stack.schedules.update(id, { overlap: 'allow-all' }))).name).toBe('ScheduleConflictError');
  const file = { schedules: { [id]: { run: { agentId: 'a' }, ...YEARLY } } };
  expect((await rejectionOf(stack.schedules.apply(file))).name).toBe('ScheduleConflictError');
  expect(await stack.schedules.show(id)).toMatchObject({ isOwn: false });
  expect((await collect(stack.schedules.list())).map((one) => one.id)).not.toContain(id);
});
