import { NativeConnection, Worker } from '@temporalio/worker';
import { DuvoPlugin } from '../../workers';
import { eventually, type Stack, startStack, workflowBundle } from '../support/stack';

let stack: Stack;
let started: Worker[];
let ends: (() => Promise<void>)[];
beforeEach(async () => {
  [started, ends] = [[], []];
  stack = await startStack({ workers: false });
  stack.simulator.script('quick', { steps: [{ status: 'running', polls: 2 }, { end: 'completed' }] });
});
afterEach(async () => {
  for (const worker of started) worker.shutdown();
  await Promise.all(ends.map((end) => end()));
  await stack.stop();
});

/** The value of TaskQueueType for activities in Temporal's protocol. */
const ACTIVITIES = 2;

/** Starts a worker with its own plugin and connection, like a separate process with the same API key. */
async function startWorker(identity: string, requestsPerMinute: number): Promise<void> {
  const { address, simulator, taskQueue, apiTaskQueue } = stack;
  const connection = await NativeConnection.connect({ address });
  const { apiKey, url: baseUrl } = simulator;
  const plugin = new DuvoPlugin({ env: {}, apiKey, baseUrl, apiTaskQueue, requestsPerMinute });
  const plugins = [plugin];
  const worker = await Worker.create({ connection, identity, taskQueue, workflowBundle: workflowBundle(), plugins });
  const running = worker.run();
  running.catch(() => undefined);
  started.push(worker);
  ends.push(() => running.finally(() => connection.close()));
  await plugin.whenReady(worker);
}

/** Returns the rate limit that the server applies to the task queue of the Duvo calls, in calls per second. */
async function limit(): Promise<number | undefined> {
  const { effectiveRateLimit } = await stack.client.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: stack.apiTaskQueue },
    taskQueueType: ACTIVITIES,
    reportConfig: true,
  });
  return effectiveRateLimit?.requestsPerSecond ?? undefined;
}

async function workersOf(workflowId: string): Promise<string[]> {
  const { events } = await stack.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started?.identity ?? []);
}

test('the server limits the Duvo calls of all workers together to the limit of the API', async () => {
  // The two workers together may send eight requests per second. Each run needs at least four requests.
  const perSecond = 8;
  await Promise.all(['one', 'two'].map((identity) => startWorker(identity, perSecond * 60)));
  const origin = Date.now();
  const runs = await Promise.all(Array.from({ length: 9 }, () => stack.start({ agentId: 'quick' })));
  await Promise.all(runs.map((run) => run.result()));
  const times = stack.simulator.ledger.map(({ atMs }) => atMs).sort((a, b) => a - b);
  // The server's token buckets are full at the start, so they admit the requests of one second at once. Requests are counted
  // from the start of the test and not in windows, because a slow machine may delay requests, but never sends them early.
  const allowed = (atMs: number) => perSecond + (perSecond * (atMs - origin)) / 1_000;
  expect(times.length).toBeGreaterThanOrEqual(36);
  expect(times.flatMap((atMs, index) => (index + 1 > allowed(atMs) ? [[index + 1, allowed(atMs)]] : []))).toEqual([]);
  const who = await Promise.all(runs.map(({ workflowId }) => workersOf(workflowId)));
  expect(new Set(who.flat())).toEqual(new Set(['one', 'two']));
}, 60_000);

test('the worker that set its limit last decides the limit, and a limit that an operator set in Temporal overrides it', async () => {
  await startWorker('one', 240);
  await eventually(async () => (await limit()) === 4);
  await startWorker('two', 120);
  await eventually(async () => (await limit()) === 2);
  await stack.client.workflowService.updateTaskQueueConfig({
    namespace: 'default',
    taskQueue: stack.apiTaskQueue,
    taskQueueType: ACTIVITIES,
    updateQueueRateLimit: { rateLimit: { requestsPerSecond: 3 }, reason: 'by an operator' },
  });
  await eventually(async () => (await limit()) === 3);
});
