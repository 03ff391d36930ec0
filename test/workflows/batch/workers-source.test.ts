import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { storeBatchItems } from '../../../activities/batches/store-batch-items';
import { NO_PROGRESS } from '../../../items/store-pages';
import {
  type BatchOptions,
  type BatchSourceOptions,
  type DuvoBatch,
  DuvoWorkflows,
  type BatchesClient,
} from '../../../client';
import type { BatchInput } from '../../../workflows/batch';
import { concurrentTests, serialTest } from '../../support/jest/concurrent-tests';
import { releaseItem, collectRows } from '../../support/batches';
import type { TestItem } from '../../support/workflows/batch-items';
import { SourceServer } from '../../support/sources/source-server';
import { eventually, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
let batches: BatchesClient;
const servers: SourceServer[] = [];
const folder = mkdtempSync(join(tmpdir(), 'duvo-source-'));
beforeAll(async () => {
  stack = await startStack();
  const { taskQueue, apiTaskQueue } = stack;
  batches = new DuvoWorkflows(stack.client, { taskQueue, apiTaskQueue }).batches;
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await stack.stop();
  rmSync(folder, { recursive: true });
});

const SECRET = 'dv_test_secret';
const template = { workflow: { type: 'testItem' } };
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
/** Lines of a source. Two lines fill a page. */
const lines = (count: number, more: (n: number) => Partial<TestItem> & { text?: string } = () => ({})): string[] =>
  Array.from({ length: count }, (_one, n) => `${JSON.stringify({ n, text: 'x'.repeat(60_000), ...more(n) })}\n`);
const start = (source: string, options: Partial<BatchOptions & BatchSourceOptions> = {}): Promise<DuvoBatch> =>
  batches.startFromSource(source, { readBy: 'workers', template, ...options });
const onceEach = (count: number) =>
  Array.from({ length: count }, (_one, index) => ({ index, status: 'completed', attempts: 1 }));
const failureOf = (batch: DuvoBatch) =>
  batch.result().then(
    () => new Error('it completed') as Error & { type?: string },
    (error: unknown) => error as Error & { type?: string },
  );
const write = (response: ServerResponse, text: string) => new Promise((sent) => response.write(text, sent));
/** Starts a server that gives these answers in turn. */
async function serve(...answers: Parameters<SourceServer['setAnswers']>): Promise<SourceServer> {
  const server = await SourceServer.start();
  servers.push(server);
  server.setAnswers(...answers);
  return server;
}
/** A promise, and the function that resolves it. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}
const breakOff = (response: ServerResponse) => response.destroy();

serialTest('another worker continues to read after a worker stops, and every item runs once', async () => {
  const all = lines(5);
  const broken = gate();
  const server = await serve(
    (response) => {
      response.on('close', broken.open);
      response.write(all.slice(0, 3).join(''));
    },
    (response) => response.end(all.join('')),
  );
  const batch = await start(server.url('/items.ndjson'));
  await eventually(async () => (await batch.progress()).completed === 2);
  await stack.stopWorkers();
  await broken.opened;
  await stack.startWorkers();
  expect(await batch.result()).toMatchObject({ items: 5, completed: 5 });
  expect(await collectRows(batch)).toEqual(onceEach(5));
});

test('workers read a CSV file, and every row becomes an item', async () => {
  const batch = await start(file('items.csv', 'n;name\n0;a\n1;b\n2;c\n'), { delimiter: ';', concurrency: 2 });
  expect(await batch.result()).toMatchObject({ items: 3, completed: 3, pages: 1 });
  expect(await collectRows(batch)).toEqual(onceEach(3));
  expect((await batch.options()).source).toEqual({ from: join(folder, 'items.csv'), delimiter: ';' });
});

test('items of a URL start before it is read to its end, and run once when the connection breaks', async () => {
  const all = lines(7);
  const begun = gate();
  const server = await serve(
    async (response) => {
      await write(response, all.slice(0, 5).join(''));
      await begun.opened;
      breakOff(response);
    },
    (response) => response.end(all.join('')),
  );
  const batch = await start(server.url('/items.ndjson?token=abc'));
  await eventually(async () => (await batch.progress()).completed === 4);
  begun.open();
  expect(await batch.result()).toMatchObject({ items: 7, completed: 7, pages: 4 });
  expect(await collectRows(batch)).toEqual(onceEach(7));
  expect(server.requests).toHaveLength(2);
  expect(server.requests[0]?.url).toBe('/items.ndjson?token=abc');
});

test('a malformed line stops the batch, which waits for its running items and fails with the line number', async () => {
  const all = lines(2, () => ({ waits: true }));
  const begun = gate();
  const server = await serve(async (response) => {
    await write(response, `${all.join('')}${all[0]}`);
    await begun.opened;
    response.end(`{"n": ${SECRET}}\n`);
  });
  const batch = await start(server.url('/items.ndjson'), { concurrency: 1 });
  await eventually(async () => (await batch.progress()).inFlight === 1);
  begun.open();
  await eventually(async () => (await batch.progress()).stopped === 'source');
  await releaseItem(stack, batch, 0);
  const failure = await failureOf(batch);
  expect(failure.type).toBe('Duvo.BatchSourceInvalid');
  expect(failure.message).toBe(`${server.url('/items.ndjson')}, line 4: is not JSON`);
  expect(failure.message).not.toContain(SECRET);
  expect((await collectRows(batch)).map(({ status }) => status)).toEqual(['completed', 'not-started']);
  await expect(stack.client.workflow.getHandle(`${batch.workflowId}/item/1`).describe()).rejects.toThrow(/not found/);
});

test('an item that is larger than a page is refused with its line', async () => {
  const failure = await failureOf(await start(file('large.ndjson', `{"n":0}\n"${'x'.repeat(200_000)}"\n`)));
  expect(failure).toMatchObject({ type: 'Duvo.BatchSourceInvalid' });
  expect(failure.message).toMatch(/large\.ndjson, line 2: has \d+ bytes as JSON/);
});

test('a source that changed after an interruption is refused', async () => {
  const server = await serve(
    async (response) => {
      await write(response, lines(5).join(''));
      breakOff(response);
    },
    (response) => response.end(lines(5, (n) => (n === 0 ? { text: SECRET } : {})).join('')),
  );
  const failure = await failureOf(await start(server.url('/items.ndjson')));
  expect(failure.type).toBe('Duvo.BatchSourceChanged');
  expect(failure.message).not.toContain(SECRET);
});

test('a missing file and a refused URL are not retried, a failing server is', async () => {
  const nowhere = await failureOf(await start(join(folder, 'nowhere.csv')));
  expect(nowhere).toMatchObject({ type: 'Duvo.BatchSourceUnreadable' });
  expect(nowhere.message).toMatch(/nowhere\.csv: there is no such file$/);

  const server = await serve((response) => response.writeHead(404).end());
  const refused = await failureOf(await start(server.url(`/items.csv?token=${SECRET}`)));
  expect(refused).toMatchObject({ type: 'Duvo.BatchSourceUnreadable' });
  expect(refused.message).toBe(`${server.url('/items.csv')}: the server answered 404`);
  expect(server.requests).toHaveLength(1);

  server.setAnswers(
    (response) => response.writeHead(503).end(),
    (response) => response.end('{"n":0}\n'),
  );
  expect(await (await start(server.url('/items.ndjson'))).result()).toMatchObject({ completed: 1 });
});

test('a server that fails for an hour is not retried any more', async () => {
  const server = await serve((response) => response.writeHead(503).end());
  const source = { from: server.url('/items.csv') };
  const input = { batchId: 'none', owner: 'nobody', taskQueue: stack.taskQueue, source, template };
  const attempt = (now: number, failingSince?: number) => {
    const heartbeatDetails = { stored: NO_PROGRESS, failingSince };
    const info = { currentAttemptScheduledTimestampMs: now, heartbeatDetails };
    return new MockActivityEnvironment(info, { client: stack.client })
      .run(() => storeBatchItems(input, { roots: [], hosts: ['127.0.0.1'] }))
      .catch((error: unknown) => error as { type?: string; nonRetryable?: boolean });
  };
  const hour = 3_600_000;
  expect(await attempt(2 * hour)).toMatchObject({ type: 'Duvo.BatchSourceUnreadable', nonRetryable: false });
  expect(await attempt(2 * hour - 1, hour)).toMatchObject({ nonRetryable: false });
  expect(await attempt(2 * hour, hour)).toMatchObject({ type: 'Duvo.BatchSourceUnreadable', nonRetryable: true });
});

test('a cancel ends the reading and closes the page stores', async () => {
  const closed = gate();
  const server = await serve((response) => {
    response.on('close', closed.open);
    response.write(lines(3, () => ({ waits: true })).join(''));
  });
  const batch = await start(server.url('/items.ndjson'));
  await eventually(async () => (await batch.progress()).inFlight === 2);
  expect(await batch.cancel()).toMatchObject({ stopped: 'canceled', items: 2, canceled: 2 });
  await closed.opened;
  const store = stack.client.workflow.getHandle(`${batch.workflowId}/items/1`);
  await eventually(async () => (await store.describe()).status.name === 'COMPLETED');
});

test.each([
  [{ from: 'items.csv' }, 'source.from', /must be an absolute path/],
  [{ from: `https://alice:${SECRET}@files.example.com/items.csv` }, 'source.from', /has a user or a password/],
  [{ from: 'https://files.example.com/items.csv', headers: { authorization: SECRET } }, 'headers', /in the history/],
])('an invalid source is refused before anything is sent: %#', async ({ from, ...options }, field, problem) => {
  const error = await start(from, options).then(
    () => new Error('it was started'),
    (thrown: unknown) => thrown as Error,
  );
  expect(error).toMatchObject({ name: 'InvalidInputError', field });
  expect(error.message).toMatch(problem);
  expect(error.message).not.toContain(SECRET);
});

/** Starts a batch by its workflow type, as a client in any language does. */
const startWorkflow = (workflowId: string, input: Partial<BatchInput>) =>
  stack.client.workflow.start('batch', {
    workflowId,
    taskQueue: stack.taskQueue,
    args: [{ template, apiTaskQueue: stack.apiTaskQueue, ...input }],
  });

test('items and a source together are refused by name', async () => {
  const { workflowId } = await startWorkflow(randomUUID(), { items: [1], source: { from: '/items.csv' } });
  const failure = await failureOf(batches.get(workflowId));
  expect(failure).toMatchObject({ type: 'Duvo.InvalidInput' });
  expect(failure.message).toMatch(/^source excludes items/);
});

test('a workflow id that is used again, as by a backfill, reads its source anew', async () => {
  const workflowId = randomUUID();
  const all = lines(5);
  const source = { from: file('mended.ndjson', [...all.slice(0, 4), 'wrong\n'].join('')) };
  const first = await startWorkflow(workflowId, { source });
  await expect(first.result()).rejects.toThrow();
  file('mended.ndjson', lines(6, (n) => ({ text: `${n}${'y'.repeat(60_000)}` })).join(''));
  await startWorkflow(workflowId, { source });
  const batch = batches.get(workflowId);
  expect(await batch.result()).toMatchObject({ items: 6, completed: 6, pages: 3 });
  expect((await collectRows(batch)).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
});
