import { randomUUID } from 'node:crypto';
import { type BatchOptions, type DuvoBatch, DuvoWorkflows } from '../../../client';
import { pageWorkflowId } from '../../../workflows/batch';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { waitForItem, releaseItem, numberedItems, collectRows, startBatch } from '../../support/batches';
import type { TestItem } from '../../support/workflows/batch-items';
import { eventually, type Stack, startStack } from '../../support/stack';
import { collect } from '../../support/collect';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const start = (
  all: Iterable<unknown> | AsyncIterable<unknown>,
  options: Partial<BatchOptions> = {},
): Promise<DuvoBatch> => startBatch(stack, all, options);

test('every item has a row, in order, with its status and its failure type', async () => {
  const batch = await start(
    numberedItems(7, (n) => ({ fails: n === 3 })),
    { concurrency: 3 },
  );
  expect(await batch.result()).toEqual({
    items: 7,
    completed: 6,
    failed: 1,
    canceled: 0,
    notStarted: 0,
    pages: 1,
    pagesStarted: 1,
  });
  expect(await collectRows(batch)).toEqual(
    numberedItems(7).map(({ n }) => ({
      index: n,
      status: n === 3 ? 'failed' : 'completed',
      attempts: 1,
      ...(n === 3 && { type: 'TestItemFailed', message: 'it fails' }),
    })),
  );
});

test('an item’s workflow receives the rendered template', async () => {
  const input = { n: '{{number}}', fails: '{{bad}}' };
  const batch = await start(
    [
      { number: 7, bad: false },
      { number: 8, bad: true },
    ],
    { template: { workflow: { type: 'testItem', input } } },
  );
  const results = [];
  for await (const { output, status } of batch.results({ withOutput: true })) results.push([status, output]);
  expect(results).toEqual([
    ['completed', 7],
    ['failed', undefined],
  ]);
});

test('a batch without items completes at once', async () => {
  expect(await (await start([])).result()).toMatchObject({ items: 0, pages: 0 });
});

test('the concurrency holds across pages, and no page exceeds Temporal’s limits', async () => {
  const text = 'x'.repeat(8_000);
  // These items are so large that a page has about sixteen of them.
  const batch = await start(
    numberedItems(50, () => ({ text }) as Partial<TestItem>),
    { concurrency: 20 },
  );
  const result = await batch.result();
  expect(result).toMatchObject({ items: 50, completed: 50 });
  expect(result.pages).toBeGreaterThan(2);
  expect((await collectRows(batch)).map(({ index }) => index)).toEqual(numberedItems(50).map(({ n }) => n));
});

test('an item that is terminated frees its slot', async () => {
  const batch = await start(
    numberedItems(4, (n) => ({ waits: n === 0 })),
    { concurrency: 1 },
  );
  await eventually(async () => (await batch.progress()).inFlight === 1);
  await (await waitForItem(stack, batch, 0)).terminate();
  expect(await batch.result()).toMatchObject({ completed: 3, failed: 1 });
});

test('a terminated page runs again and starts no item twice', async () => {
  const batch = await start(
    numberedItems(6, (n) => ({ waits: n < 3 })),
    { concurrency: 3 },
  );
  await eventually(async () => (await batch.progress()).inFlight === 3);
  const before = await Promise.all([0, 1, 2].map(async (n) => (await waitForItem(stack, batch, n)).describe()));
  await stack.client.workflow.getHandle(`${batch.workflowId}/page/1`).terminate();
  await eventually(async () => (await batch.progress()).inFlight === 3);
  for (const n of [0, 1, 2]) await releaseItem(stack, batch, n);
  expect(await batch.result()).toMatchObject({ items: 6, completed: 6, failed: 0 });
  const after = await Promise.all([0, 1, 2].map(async (n) => (await waitForItem(stack, batch, n)).describe()));
  expect(after.map(({ runId }) => runId)).toEqual(before.map(({ runId }) => runId));
});

test('two pages complete when the one with all the slots is terminated', async () => {
  // These items are so large that a page has two of them.
  const padded = { pad: 'x'.repeat(60_000) };
  const batch = await start(
    numberedItems(6, (n) => ({ waits: n < 2, ...padded })),
    { concurrency: 2 },
  );
  await Promise.all([waitForItem(stack, batch, 0), waitForItem(stack, batch, 1)]);
  await eventually(async () => (await batch.progress()).activePages.length === 2);
  await stack.client.workflow.getHandle(`${batch.workflowId}/page/1`).terminate();
  for (const n of [0, 1]) await releaseItem(stack, batch, n);
  expect(await batch.result()).toMatchObject({ items: 6, completed: 6, pages: 3 });
});

test('a cancel cancels the running items, waits for them, and starts no others', async () => {
  const batch = await start(
    numberedItems(5, () => ({ waits: true })),
    { concurrency: 2 },
  );
  await Promise.all([waitForItem(stack, batch, 0), waitForItem(stack, batch, 1)]);
  const result = await batch.cancel();
  expect(result).toEqual({
    items: 5,
    completed: 0,
    failed: 0,
    canceled: 2,
    notStarted: 3,
    pages: 1,
    pagesStarted: 1,
    stopped: 'canceled',
    cancel: { confirmed: 2, alreadyFinished: 0, unconfirmed: 0 },
  });
  expect((await collectRows(batch)).map(({ status }) => status)).toEqual([
    'canceled',
    'canceled',
    'not-started',
    'not-started',
    'not-started',
  ]);
});

test('too many failures stop the batch: running items end, and no others start', async () => {
  const batch = await start(
    // Items from the eleventh on wait, so that the stop reaches the page before all items have ended.
    numberedItems(40, (n) => ({ fails: n % 2 === 0, waits: n >= 10 })),
    {
      concurrency: 1,
      stopAtFailureShare: 0.4,
      stopNotBefore: 5,
    },
  );
  await eventually(async () => {
    const page = stack.client.workflow.getHandle(pageWorkflowId(batch.workflowId, 1));
    const { events } = await page.fetchHistory().catch(() => ({ events: undefined }));
    return events?.some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'stopPage');
  });
  let over = false;
  const ending = batch.result().finally(() => (over = true));
  const last = stack.client.workflow.getHandle(`${batch.workflowId}/item/10`);
  const isLetGo = () =>
    last.signal('goOn').then(
      () => true,
      () => over, // no workflow was started for this item
    );
  await eventually(isLetGo);
  const result = await ending;
  expect(result.stopped).toBe('failures');
  expect(result.notStarted).toBeGreaterThan(0);
  expect(result.completed + result.failed + result.notStarted).toBe(40);
});

test('a failing item is retried until its attempts are used', async () => {
  const batch = await start(
    numberedItems(2, (n) => ({ fails: n === 1 })),
    { attempts: 3 },
  );
  expect(await batch.result()).toMatchObject({ completed: 1, failed: 1 });
  expect((await collectRows(batch)).map(({ attempts }) => attempts)).toEqual([1, 3]);
});

describe('runs of agents', () => {
  test('each item starts one run with its fields in the message, and the gates of a batch are listed together', async () => {
    stack.simulator.script('batch-agent', {
      steps: [{ ask: { type: 'approval', title: 'Post it?' } }, { end: 'completed' }],
    });
    const key = randomUUID().slice(0, 8);
    const options = {
      template: {
        run: {
          agentId: 'batch-agent',
          message: 'Read {{number}}: {{total}} EUR',
          watch: { every: [{ every: 200 }], atGate: 200 },
        },
      },
      keyField: 'number',
    };
    const items = [{ number: `${key}-1`, total: 7 }, { number: `${key}-2`, total: 8 }, { total: 9 }];
    const batch = await start(items, options);
    const open = await eventually(async () => {
      const gates = await collect(new DuvoWorkflows(stack.client).gates.list({ batchId: batch.workflowId }));
      return gates.length === 2 && gates;
    });
    for (const gate of open) await new DuvoWorkflows(stack.client).gates.answer(gate, { approved: true, by: 'alice' });
    expect(await batch.result()).toMatchObject({ completed: 2, failed: 1 });
    const committedStarts = () =>
      stack.simulator.ledger.filter(({ operation, committed }) => operation === 'start' && committed);
    expect(
      committedStarts()
        .map(({ body }) => (body as { message: string }).message)
        .filter((m) => m.includes(key))
        .sort(),
    ).toEqual([`Read ${key}-1: 7 EUR`, `Read ${key}-2: 8 EUR`]);
    const rows = await collectRows(batch);
    expect(rows[2]).toMatchObject({ status: 'failed', type: 'Duvo.InvalidInput' });
    // All callers that use the same business key get the same run.
    expect(rows[0]?.key).toBe(`${key}-1`);
    const second = await start([{ number: `${key}-1`, total: 7 }], options);
    expect(await second.result()).toMatchObject({ completed: 1 });
    expect(committedStarts()).toHaveLength(2);
  });
});
