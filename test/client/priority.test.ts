import { randomUUID } from 'node:crypto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createDuvoActivities } from '../../activities';
import { DuvoWorkflows, type StartPriority } from '../../client';
import { DuvoClient } from '../../duvo';
import { eventually, QUICK_WATCH, type Stack, startStack, workflowBundle } from '../support/stack';

/** A stack with a worker whose activities return the priority that they received. */
let stack: Stack;
let connection: NativeConnection;
let stopped: Promise<void>;
let worker: Worker;
let activities: Worker;
let duvo: DuvoClient;
const seen = new Map<string, unknown>();

beforeAll(async () => {
  stack = await startStack({ workers: false });
  stack.simulator.script('a', { steps: [{ end: 'completed' }] });
  duvo = new DuvoClient({ apiKey: stack.simulator.apiKey, baseUrl: stack.simulator.url });
  connection = await NativeConnection.connect({ address: stack.address });
  const { taskQueue, apiTaskQueue } = stack;
  worker = await Worker.create({ connection, taskQueue, workflowBundle: workflowBundle() });
  activities = await Worker.create({
    connection,
    taskQueue: apiTaskQueue,
    activities: createDuvoActivities({ client: duvo }),
    interceptors: {
      activity: [
        ({ info }) => ({
          inbound: {
            execute: (input, next) => {
              seen.set(info.workflowExecution?.workflowId ?? '', info.priority);
              return next(input);
            },
          },
        }),
      ],
    },
  });
  stopped = Promise.all([worker.run(), activities.run()]).then(() => undefined);
});
afterAll(async () => {
  worker.shutdown();
  activities.shutdown();
  await stopped;
  await duvo.close();
  await connection.close();
  await stack.stop();
});

const PRIORITY: StartPriority = { priorityKey: 2, fairnessKey: 'billing', fairnessWeight: 2 };
const activityOf = (workflowId: string) => eventually(() => seen.has(workflowId) && seen.get(workflowId));
const priorityOf = async (workflowId: string) =>
  (await stack.client.workflow.getHandle(workflowId).describe()).priority;

test('the workflow and the Duvo calls of a run have the run’s priority', async () => {
  const runs = new DuvoWorkflows(stack.client, stack).runs;
  const run = await runs.start({ agentId: 'a', watch: QUICK_WATCH }, { priority: PRIORITY });
  expect(await priorityOf(run.workflowId)).toMatchObject(PRIORITY);
  expect(await activityOf(run.workflowId)).toMatchObject(PRIORITY);
});

test('workflows that a schedule starts have the schedule’s priority', async () => {
  const schedules = new DuvoWorkflows(stack.client, stack).schedules;
  const id = randomUUID();
  const definition = { run: { agentId: 'a' }, cron: '0 0 1 1 *', priority: PRIORITY };
  expect((await schedules.create(id, definition)).definition.priority).toEqual(PRIORITY);
  const { workflowId = '' } = await schedules.trigger(id);
  expect(await priorityOf(workflowId)).toMatchObject(PRIORITY);
  expect(await activityOf(workflowId)).toMatchObject(PRIORITY);
  await schedules.delete(id);
});

test('workflows that a batch starts have the batch’s priority', async () => {
  const batches = new DuvoWorkflows(stack.client, stack).batches;
  const batch = await batches.start([{}], {
    template: { run: { agentId: 'a', watch: QUICK_WATCH } },
    priority: PRIORITY,
  });
  await batch.result();
  const item = `${batch.workflowId}/item/0`;
  for (const id of [batch.workflowId, `${batch.workflowId}/page/1`, item])
    expect(await priorityOf(id)).toMatchObject(PRIORITY);
  expect(seen.get(item)).toMatchObject(PRIORITY);
});

test('the same key attaches with another priority, and an invalid priority is refused', async () => {
  const runs = new DuvoWorkflows(stack.client, stack).runs;
  const input = { agentId: 'a', key: randomUUID() };
  await runs.start(input);
  expect((await runs.start(input, { priority: PRIORITY })).attached).toBe(true);
  const wrong = runs.start({ agentId: 'a' }, { priority: { fairnessWeight: 0 } });
  await expect(wrong).rejects.toMatchObject({ name: 'InvalidInputError', field: 'priority.fairnessWeight' });
});

test('a run of a user’s workflow has the workflow’s priority, or its own', async () => {
  const start = (workflowType: string) => {
    const { taskQueue, apiTaskQueue } = stack;
    const workflowId = `parent-${randomUUID()}`;
    const args = [{ agentId: 'a', apiTaskQueue }];
    return stack.client.workflow.start(workflowType, { taskQueue, workflowId, args, priority: PRIORITY });
  };
  const childOf = (workflowId: string) => eventually(() => [...seen].find(([id]) => id.startsWith(`${workflowId}/`)));
  const one = await start('parentOfOne');
  expect((await childOf(one.workflowId))[1]).toMatchObject(PRIORITY);
  const other = await start('parentOfUrgent');
  expect((await childOf(other.workflowId))[1]).toMatchObject({ priorityKey: 1, fairnessKey: 'billing' });
});
