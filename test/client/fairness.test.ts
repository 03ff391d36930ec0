import { randomUUID } from 'node:crypto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createDuvoActivities } from '../../activities';
import { DuvoWorkflows, type StartPriority } from '../../client';
import { DuvoClient } from '../../duvo';
import { type DevServer, startDevServer } from '../../workers';
import { eventually, QUICK_WATCH, type Stack, startStack, workflowBundle } from '../support/stack';

/**
 * Server configuration that turns on priority and fairness keys, which are off by default. Each task queue has one partition,
 * because the server orders tasks only within a partition.
 */
const DYNAMIC_CONFIG = {
  'matching.enableFairness': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  // By default, the server caches the statistics of a task queue for some seconds.
  'matching.TaskQueueInfoByBuildIdTTL': '1ms',
};
const ITEMS = 20;

let server: DevServer;
let stack: Stack;
let connection: NativeConnection;
let duvo: DuvoClient;
let workers: Worker[];
let ended: Promise<unknown>;
beforeAll(async () => {
  server = await startDevServer({ dynamicConfig: DYNAMIC_CONFIG });
  stack = await startStack({ workers: false, address: server.address });
  connection = await NativeConnection.connect({ address: server.address });
  duvo = new DuvoClient({ apiKey: stack.simulator.apiKey, baseUrl: stack.simulator.url });
  workers = await Promise.all([
    Worker.create({ connection, taskQueue: stack.taskQueue, workflowBundle: workflowBundle() }),
    // This worker executes the activities of the batch. The runs use another task queue.
    createSequentialWorker(stack.apiTaskQueue),
  ]);
  ended = Promise.all(workers.map((worker) => worker.run()));
});
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await ended;
  await duvo.close();
  await connection.close();
  await stack.stop();
  await server.stop();
});

/** Creates a worker that makes one Duvo call at a time, so that the calls are in the order of the server's tasks. */
function createSequentialWorker(apiTaskQueue: string): Promise<Worker> {
  return Worker.create({
    connection,
    taskQueue: apiTaskQueue,
    activities: createDuvoActivities({ client: duvo }),
    maxConcurrentActivityTaskExecutions: 1,
    maxConcurrentActivityTaskPolls: 1,
  });
}

/** Waits until the task queue holds this number of Duvo calls. The server updates the number with a short delay. */
const waitForBacklog = (apiTaskQueue: string, count: number) =>
  eventually(async () => {
    const { stats } = await stack.client.workflowService.describeTaskQueue({
      namespace: stack.client.options.namespace,
      taskQueue: { name: apiTaskQueue },
      taskQueueType: 2, // of activities
      reportStats: true,
    });
    return Number(stats?.approximateBacklogCount) === count;
  }, 60_000);

test.each<[string, StartPriority, StartPriority]>([
  ['of a higher priority comes before them', { priorityKey: 4 }, { priorityKey: 2 }],
  ['with another fairness key takes turns with them', { fairnessKey: 'batch' }, { fairnessKey: 'one' }],
])('a run that waits behind a batch %s', async (_what, ofBatch, ofRun) => {
  const [many, single, apiTaskQueue] = [randomUUID(), randomUUID(), `api-${randomUUID()}`];
  for (const agentId of [many, single]) stack.simulator.script(agentId, { steps: [{ end: 'completed' }] });
  const batch = await new DuvoWorkflows(stack.client, stack).batches.start(
    Array.from({ length: ITEMS }, () => ({})),
    {
      template: { run: { agentId: many, apiTaskQueue, watch: QUICK_WATCH } },
      concurrency: ITEMS,
      priority: ofBatch,
    },
  );
  await waitForBacklog(apiTaskQueue, ITEMS);
  const run = await new DuvoWorkflows(stack.client, stack).runs.start(
    { agentId: single, apiTaskQueue, watch: QUICK_WATCH },
    { priority: ofRun },
  );
  await waitForBacklog(apiTaskQueue, ITEMS + 1);
  const first = stack.simulator.ledger.length;
  const worker = await createSequentialWorker(apiTaskQueue);
  await worker.runUntil(Promise.all([batch.result(), run.result()]));
  const starts = stack.simulator.ledger.slice(first).filter(({ operation }) => operation === 'start');
  expect(starts).toHaveLength(ITEMS + 1);
  // A server that ignores both keys puts the run last. One that applies them may have started a few items before it.
  expect(starts.findIndex(({ agentId }) => agentId === single)).toBeLessThan(ITEMS / 2);
});
