import { randomUUID } from 'node:crypto';
import { type BatchOptions, type DuvoBatch, DuvoWorkflows, type BatchesClient } from '../../../client';
import { pageWorkflowId } from '../../../workflows/batch';
import { concurrentTests, serialTest } from '../../support/jest/concurrent-tests';
import { collectRows } from '../../support/batches';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
let batches: BatchesClient;
beforeAll(async () => {
  stack = await startStack();
  const { taskQueue, apiTaskQueue } = stack;
  batches = new DuvoWorkflows(stack.client, { taskQueue, apiTaskQueue }).batches;
  stack.simulator.script('slow', { steps: [{ status: 'running' }] });
});
afterAll(() => stack.stop());

const key = randomUUID().slice(0, 8);
/** Starts a batch of runs that never end on their own, and waits until all runs exist in Duvo. */
async function underWay(count: number, options: Partial<BatchOptions> = {}): Promise<DuvoBatch> {
  const items = Array.from({ length: count }, (_one, n) => ({ n }));
  const template = { run: { agentId: 'slow', message: key, watch: QUICK_WATCH } };
  const batch = await batches.start(items, { template, concurrency: 2, ...options });
  await eventually(async () => (await runsOf(batch, 2)).length === 2);
  return batch;
}
/** Returns Duvo's ids of the runs of a batch's first items. */
async function runsOf(batch: DuvoBatch, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, async (_one, n) => {
    const item = stack.client.workflow.getHandle(`${batch.workflowId}/item/${n}`);
    const { searchAttributes } = await item.describe();
    return (searchAttributes as { DuvoRunId?: string[] }).DuvoRunId ?? [];
  });
  return (await Promise.all(ids).catch(() => [])).flat();
}
const page = (batch: DuvoBatch) => stack.client.workflow.getHandle(pageWorkflowId(batch.workflowId, 1));

serialTest('a cancel right after a page died cancels and confirms all items of that page', async () => {
  const batch = await underWay(3);
  const runs = await runsOf(batch, 2);
  // The batch receives both events in one workflow task.
  await stack.stopWorkers();
  await page(batch).terminate();
  await stack.client.workflow.getHandle(batch.workflowId).cancel();
  await stack.startWorkers();
  expect(await batch.result()).toMatchObject({
    ...{ canceled: 2, notStarted: 1, stopped: 'canceled' },
    cancel: { confirmed: 2, unconfirmed: 0 },
  });
  for (const runId of runs) expect(stack.simulator.getRun(runId)?.status).toBe('canceled');
  expect((await collectRows(batch)).map(({ runId }) => runId)).toEqual([...runs, undefined]);
});

serialTest('a stop by failures right after a page died waits for the items of that page', async () => {
  const text = 'x'.repeat(60_000);
  // A page has two of these items: the second page reaches the share of failures while the first page is not running.
  const items = [
    { n: 0, waits: true, text },
    { n: 1, waits: true, text },
    { n: 2, waits: true, fails: true, text },
  ];
  const template = { workflow: { type: 'testItem' } };
  const options = { template, concurrency: 3, stopAtFailureShare: 0.5, stopNotBefore: 1 };
  const batch = await batches.start(items, options);
  const item = (n: number) => stack.client.workflow.getHandle(`${batch.workflowId}/item/${n}`);
  for (const n of [0, 1, 2])
    await eventually(() =>
      item(n)
        .describe()
        .catch(() => undefined),
    );
  await stack.stopWorkers();
  await page(batch).terminate();
  await item(2).signal('goOn');
  await stack.startWorkers();
  await eventually(async () => (await batch.progress()).stopped === 'failures');
  for (const n of [0, 1]) await item(n).signal('goOn');
  expect(await batch.result()).toMatchObject({ completed: 2, failed: 1, notStarted: 0, stopped: 'failures' });
});

test('the result and each row have the outcome of the cancellation', async () => {
  const batch = await underWay(3);
  const runs = await runsOf(batch, 2);
  expect(await batch.cancel()).toMatchObject({
    ...{ canceled: 2, notStarted: 1, stopped: 'canceled' },
    cancel: { confirmed: 2, alreadyFinished: 0, unconfirmed: 0 },
  });
  expect(await collectRows(batch)).toEqual([
    { index: 0, status: 'canceled', attempts: 1, runId: runs[0], cancel: 'confirmed' },
    { index: 1, status: 'canceled', attempts: 1, runId: runs[1], cancel: 'confirmed' },
    { index: 2, status: 'not-started' },
  ]);
});

test('a run that is stopped while it corrects its output is canceled, although Duvo had shown it as completed', async () => {
  const { simulator } = stack;
  const agentId = 'corrects';
  simulator.script(agentId, { steps: [{ end: 'completed' }, { status: 'running' }] });
  // The response to the request for another output is missing, and Duvo shows the first end for a while.
  simulator.addFault({ operation: 'post-message', agentId, effect: { dropResponse: true } });
  simulator.addFault({ operation: 'post-message', agentId, times: Infinity, effect: { status: 503 } });
  simulator.addFault({ operation: 'get', agentId, skip: 1, times: 3, effect: { staleEnd: true } });
  const template = { run: { agentId, watch: QUICK_WATCH, output: { schema: {} } } };
  const batch = await batches.start([{ n: 0 }], { template });
  await simulator.waitFor(
    (entry) => entry.operation === 'post-message' && entry.agentId === agentId && entry.committed,
  );
  expect(await batch.cancel()).toMatchObject({ completed: 0, canceled: 1, cancel: { confirmed: 1 } });
  expect(await collectRows(batch)).toMatchObject([{ status: 'canceled', cancel: 'confirmed' }]);
});

test('a run with onCancel abandon is reported as unconfirmed', async () => {
  const template = { run: { agentId: 'slow', watch: QUICK_WATCH, onCancel: 'abandon' as const } };
  const batch = await underWay(2, { template });
  expect(await batch.cancel()).toMatchObject({ canceled: 2, cancel: { confirmed: 0, unconfirmed: 2 } });
});
