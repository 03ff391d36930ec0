import { randomUUID } from 'node:crypto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createDuvoActivities } from '../../activities';
import { DuvoWorkflows, type StartPriority } from '../../client';
import { DuvoClient } from '../../duvo';
import { type DevServer, startDevServer } from '../../workers';
import { eventually, QUICK_WATCH, type Stack, startStack, workflowBundle } from '../support/stack';

/**
 * A server that heeds both keys, which one of today does only when it is told to. With one partition for each queue,
 * since each has an order of its own.
 */
const HEEDS = {
  'matching.enableFairness': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  // What is said of a queue is of now, and not kept for seconds.
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
  server = await startDevServer({ dynamicConfig: HEEDS });
  stack = await startStack({ workers: false, address: server.address });
  connection = await NativeConnection.connect({ address: server.address });
  duvo = new DuvoClient({ apiKey: stack.simulator.apiKey, baseUrl: stack.simulator.url });
  workers = await Promise.all([
    Worker.create({ connection, taskQueue: stack.taskQueue, workflowBundle: workflowBundle() }),
    // For what the batch itself reads; its runs have another queue.
    oneByOne(stack.apiTaskQueue),
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

/** Makes one Duvo call at a time, so that the order of the calls is the order in which the server gives them out. */
function oneByOne(apiTaskQueue: string): Promise<Worker> {
  return Worker.create({
    connection,
    taskQueue: apiTaskQueue,
    activities: createDuvoActivities({ client: duvo }),
    maxConcurrentActivityTaskExecutions: 1,
    maxConcurrentActivityTaskPolls: 1,
  });
}

/** Waits until so many Duvo calls stand in the queue: a run has one when it is pending, the queue a moment later. */
const waiting = (apiTaskQueue: string, count: number) =>
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
  await waiting(apiTaskQueue, ITEMS);
  const run = await new DuvoWorkflows(stack.client, stack).runs.start(
    { agentId: single, apiTaskQueue, watch: QUICK_WATCH },
    { priority: ofRun },
  );
  await waiting(apiTaskQueue, ITEMS + 1);
  const first = stack.simulator.ledger.length;
  const worker = await oneByOne(apiTaskQueue);
  await worker.runUntil(Promise.all([batch.result(), run.result()]));
  const starts = stack.simulator.ledger.slice(first).filter(({ operation }) => operation === 'start');
  expect(starts).toHaveLength(ITEMS + 1);
  // A server that heeds neither key makes it the last one. One that does may have a few of the batch in hand before.
  expect(starts.findIndex(({ agentId }) => agentId === single)).toBeLessThan(ITEMS / 2);
});
