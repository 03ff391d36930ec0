import { join } from 'node:path';
import { DuvoWorkflows, type BatchesClient, type DuvoBatch } from '../../client';
import { releaseItem, collectRows } from '../support/batches';
import { eventually, type Stack, startStack } from '../support/stack';
import { TsProcess } from '../support/processes/ts-process';

const ITEMS = 400;
/** This text makes an item so large that a page has about a hundred items. */
const PAD = 'x'.repeat(1_200);
const TEMPLATE = { workflow: { type: 'testItem' } };

let stack: Stack;
let worker: TsProcess | undefined;
/** A batch that is paused, with a changed concurrency, before the worker is killed for the first time. */
let paused: DuvoBatch;
let killCount = 0;
beforeAll(async () => {
  stack = await startStack({ workers: false });
  await startWorker();
  paused = await startPausedBatch();
});
afterAll(async () => {
  await kill();
  await stack.stop();
});

async function startWorker(): Promise<void> {
  worker = TsProcess.start(join(__dirname, '../support/processes/batch-worker.ts'), {
    ...process.env,
    TEMPORAL_ADDRESS: stack.address,
    DUVO_TASK_QUEUE: stack.taskQueue,
    DUVO_API_TASK_QUEUE: stack.apiTaskQueue,
    DUVO_API_KEY: stack.simulator.apiKey,
    DUVO_API_BASE_URL: stack.simulator.url,
    DUVO_REQUESTS_PER_MINUTE: 'unlimited',
  });
  await worker.firstMessage();
}

/** Kills the worker process with SIGKILL, so that it can neither finish its tasks nor report to Temporal. */
async function kill(): Promise<void> {
  worker?.child.kill('SIGKILL');
  await worker?.waitForExit();
  worker = undefined;
}

function batches(): BatchesClient {
  const { client, taskQueue, apiTaskQueue } = stack;
  return new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).batches;
}

async function startPausedBatch(): Promise<DuvoBatch> {
  const items = Array.from({ length: 6 }, (_one, n) => ({ n, waits: n < 2 }));
  const batch = await batches().start(items, { template: TEMPLATE, concurrency: 2 });
  await eventually(async () => (await batch.progress()).inFlight === 2);
  await batch.pause();
  await batch.setConcurrency(3);
  await eventually(async () => (await batch.progress()).paused);
  return batch;
}

/** Kills the worker and starts another one. The running items of the paused batch end while no worker runs. */
async function replaceWorker(): Promise<void> {
  await kill();
  if (killCount++ === 0) {
    for (const n of [0, 1]) await stack.client.workflow.getHandle(`${paused.workflowId}/item/${n}`).signal('goOn');
  }
  await startWorker();
}

test(`each of ${ITEMS} items runs once when the batch's worker is killed several times`, async () => {
  // The last item waits for a signal, so that the batch cannot end before the last kill.
  const items = Array.from({ length: ITEMS }, (_one, n) => ({
    n,
    takes: n % 10 === 0 ? 200 : 0,
    waits: n === ITEMS - 1,
    pad: PAD,
  }));
  const batch = await batches().start(items, { template: TEMPLATE, concurrency: 40 });
  // Temporal's visibility shows which item workflows really ran.
  const ran = `WorkflowType = 'testItem' AND DuvoBatchId = '${batch.workflowId}'`;
  const countOf = async (query: string) => (await stack.client.workflow.count(query)).count;
  const completed = () => countOf(`${ran} AND ExecutionStatus = 'Completed'`);
  // The worker is killed after every 60 to 120 completed items, so at least three times.
  const further = () => 60 + Math.floor(Math.random() * 60);
  for (let mark = further(); mark < ITEMS; mark += further()) {
    await eventually(async () => (await completed()) >= mark, 120_000);
    await replaceWorker();
  }
  await releaseItem(stack, batch, ITEMS - 1, 120_000);
  const result = await batch.result();
  expect(result).toMatchObject({ items: ITEMS, completed: ITEMS });
  expect(result.pages).toBeGreaterThan(2);
  const rows = await collectRows(batch);
  expect(rows.map(({ index }) => index)).toEqual(items.map(({ n }) => n));
  expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['completed']));
  await eventually(async () => (await completed()) >= ITEMS);
  expect(await countOf(ran)).toBe(ITEMS);
  expect(await completed()).toBe(ITEMS);
}, 300_000);

test('a batch keeps its pause and its changed concurrency when the worker is killed', async () => {
  if (killCount === 0) await replaceWorker();
  await eventually(async () => (await paused.progress()).completed === 2);
  expect(await paused.progress()).toMatchObject({ paused: true, concurrency: 3, started: 2, inFlight: 0 });
  await paused.resume();
  expect(await paused.result()).toMatchObject({ completed: 6 });
});
