import { join } from 'node:path';
import { DuvoWorkflows, type BatchesClient } from '../../client';
import { releaseItem, collectRows } from '../support/batches';
import { eventually, type Stack, startStack } from '../support/stack';
import { TsProcess } from '../support/processes/ts-process';

const ITEMS = 1_000;

let stack: Stack;
let worker: TsProcess | undefined;
beforeAll(async () => {
  stack = await startStack({ workers: false });
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

test(`each of ${ITEMS} items runs once when the batch's worker is killed several times`, async () => {
  await startWorker();
  // The last item waits for a signal, so that the batch cannot end before the last kill.
  const items = Array.from({ length: ITEMS }, (_one, n) => ({
    n,
    takes: n % 10 === 0 ? 200 : 0,
    waits: n === ITEMS - 1,
  }));
  const batch = await batches().start(items, { template: { workflow: { type: 'testItem' } }, concurrency: 40 });
  // Temporal's visibility shows which item workflows really ran.
  const ran = `WorkflowType = 'testItem' AND DuvoBatchId = '${batch.workflowId}'`;
  const countOf = async (query: string) => (await stack.client.workflow.count(query)).count;
  const completed = () => countOf(`${ran} AND ExecutionStatus = 'Completed'`);
  // The worker is killed after every 150 to 300 completed items, so at least three times.
  const further = () => 150 + Math.floor(Math.random() * 150);
  for (let mark = further(); mark < ITEMS; mark += further()) {
    await eventually(async () => (await completed()) >= mark, 120_000);
    await kill();
    await startWorker();
  }
  await releaseItem(stack, batch, ITEMS - 1, 120_000);
  expect(await batch.result()).toMatchObject({ items: ITEMS, completed: ITEMS });
  const rows = await collectRows(batch);
  expect(rows.map(({ index }) => index)).toEqual(items.map(({ n }) => n));
  expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['completed']));
  await eventually(async () => (await completed()) >= ITEMS);
  expect(await countOf(ran)).toBe(ITEMS);
  expect(await completed()).toBe(ITEMS);
}, 300_000);

test('a batch keeps its pause and its changed concurrency when the worker is killed', async () => {
  if (!worker) await startWorker();
  const items = Array.from({ length: 6 }, (_one, n) => ({ n, waits: n < 2 }));
  const batch = await batches().start(items, { template: { workflow: { type: 'testItem' } }, concurrency: 2 });
  await eventually(async () => (await batch.progress()).inFlight === 2);
  await batch.pause();
  await batch.setConcurrency(3);
  await eventually(async () => (await batch.progress()).paused);
  await kill();
  for (const n of [0, 1]) await stack.client.workflow.getHandle(`${batch.workflowId}/item/${n}`).signal('goOn');
  await startWorker();
  await eventually(async () => (await batch.progress()).completed === 2);
  expect(await batch.progress()).toMatchObject({ paused: true, concurrency: 3, started: 2, inFlight: 0 });
  await batch.resume();
  expect(await batch.result()).toMatchObject({ completed: 6 });
});
