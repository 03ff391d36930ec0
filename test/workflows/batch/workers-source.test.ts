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
  type BatchTemplate,
  type DuvoBatch,
  DuvoWorkflows,
  type BatchesClient,
  type SchedulesClient,
} from '../../../client';
import type { BatchInput } from '../../../workflows/batch';
import { releaseItem, collectRows } from '../../support/batches';
import type { TestItem } from '../../support/batch-workflows';
import { SourceServer } from '../../support/source-server';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../support/stack';

let stack: Stack;
let batches: BatchesClient;
let server: SourceServer;
const folder = mkdtempSync(join(tmpdir(), 'duvo-source-'));
beforeAll(async () => {
  [stack, server] = await Promise.all([startStack(), SourceServer.start()]);
  const { taskQueue, apiTaskQueue } = stack;
  batches = new DuvoWorkflows(stack.client, { taskQueue, apiTaskQueue }).batches;
});
afterAll(async () => {
  await server.close();
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
/** Two of them are a page. */
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
/** Something that is waited for. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}
const breakOff = (response: ServerResponse) => response.destroy();

test('a CSV file that the workers read: every row is an item', async () => {
  const batch = await start(file('items.csv', 'n;name\n0;a\n1;b\n2;c\n'), { delimiter: ';', concurrency: 2 });
  expect(await batch.result()).toMatchObject({ items: 3, completed: 3, pages: 1 });
  expect(await collectRows(batch)).toEqual(onceEach(3));
  expect((await batch.options()).source).toEqual({ from: join(folder, 'items.csv'), delimiter: ';' });
});

test('a URL: items begin before it has come to its end; one that breaks off is read on, every item once', async () => {
  const all = lines(7);
  const begun = gate();
  server.setAnswers(
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

test('a worker that is stopped while it reads: the next one goes on, every item once', async () => {
  const all = lines(5);
  const broken = gate();
  server.setAnswers(
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

test('a line that is wrong: nothing more is started, what is under way ends, and the batch fails with its number', async () => {
  const all = lines(2, () => ({ waits: true }));
  const begun = gate();
  server.setAnswers(async (response) => {
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

test('an item that is larger than a page is named by its line', async () => {
  const failure = await failureOf(await start(file('large.ndjson', `{"n":0}\n"${'x'.repeat(200_000)}"\n`)));
  expect(failure).toMatchObject({ type: 'Duvo.BatchSourceInvalid' });
  expect(failure.message).toMatch(/large\.ndjson, line 2: has \d+ bytes as JSON/);
});

test('a source that has changed since it broke off is refused', async () => {
  server.setAnswers(
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

test('a file that is not there and a URL that is refused are not tried again; a server that fails is', async () => {
  const nowhere = await failureOf(await start(join(folder, 'nowhere.csv')));
  expect(nowhere).toMatchObject({ type: 'Duvo.BatchSourceUnreadable' });
  expect(nowhere.message).toMatch(/nowhere\.csv: there is no such file$/);

  server.setAnswers((response) => response.writeHead(404).end());
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

test('a server that fails for an hour is given up', async () => {
  server.setAnswers((response) => response.writeHead(503).end());
  const attempt = (now: number, failingSince?: number) => {
    const heartbeatDetails = { stored: NO_PROGRESS, failingSince };
    const info = { currentAttemptScheduledTimestampMs: now, heartbeatDetails };
    return new MockActivityEnvironment(info, { client: stack.client })
      .run(storeBatchItems, {
        batchId: 'none',
        owner: 'nobody',
        taskQueue: stack.taskQueue,
        source: { from: server.url('/items.csv') },
      })
      .catch((error: unknown) => error as { type?: string; nonRetryable?: boolean });
  };
  const hour = 3_600_000;
  expect(await attempt(2 * hour)).toMatchObject({ type: 'Duvo.BatchSourceUnreadable', nonRetryable: false });
  expect(await attempt(2 * hour - 1, hour)).toMatchObject({ nonRetryable: false });
  expect(await attempt(2 * hour, hour)).toMatchObject({ type: 'Duvo.BatchSourceUnreadable', nonRetryable: true });
});

test('a cancel ends the reading; what was stored is let go', async () => {
  const closed = gate();
  server.setAnswers((response) => {
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
])('refused before anything is sent: %#', async ({ from, ...options }, field, problem) => {
  const error = await start(from, options).then(
    () => new Error('it was started'),
    (thrown: unknown) => thrown as Error,
  );
  expect(error).toMatchObject({ name: 'InvalidInputError', field });
  expect(error.message).toMatch(problem);
  expect(error.message).not.toContain(SECRET);
});

/** As any client starts it. */
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

test('an id that is used again, as a time of a schedule that is made up for, reads its source anew', async () => {
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

/** Starts a schedule's batch now, as one of its times would, and waits for its end. */
async function night(schedules: SchedulesClient, id: string) {
  const { workflowId = '' } = await schedules.trigger(id);
  return batches.get(workflowId).result();
}

test('a schedule reads its source each time: without keys all items are done every night, with keys only new ones', async () => {
  const { client, taskQueue, apiTaskQueue, simulator } = stack;
  const schedules = new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).schedules;
  const agentId = `agent-${randomUUID()}`;
  simulator.script(agentId, { steps: [{ end: 'completed' }] });
  const run: BatchTemplate = { run: { agentId, message: 'Read {{number}}', watch: QUICK_WATCH } };
  const source = { from: file('nightly.csv', `number\n${agentId}-1\n`) };
  const [all, keyed] = [`all-${randomUUID()}`, `keyed-${randomUUID()}`];
  const yearly = { cron: '0 0 1 1 *' };
  try {
    await schedules.create(all, { batch: { template: run, source }, ...yearly });
    await schedules.create(keyed, { batch: { template: run, source, keyField: 'number' }, ...yearly });
    expect((await schedules.show(all)).definition?.batch).toMatchObject({ source });
    const started = () => simulator.runs.filter((one) => one.agentId === agentId).length;
    expect(await night(schedules, all)).toMatchObject({ items: 1, completed: 1 });
    expect(await night(schedules, keyed)).toMatchObject({ items: 1, completed: 1 });
    expect(started()).toBe(2);
    file('nightly.csv', `number\n${agentId}-1\n${agentId}-2\n`);
    expect(await night(schedules, all)).toMatchObject({ items: 2, completed: 2 });
    expect(started()).toBe(4);
    expect(await night(schedules, keyed)).toMatchObject({ items: 2, completed: 2 });
    expect(started()).toBe(5);
  } finally {
    for (const id of [all, keyed]) await schedules.delete(id).catch(() => undefined);
  }
});

test('a scheduled batch without items and without a source is refused', async () => {
  const batch = { template } as Parameters<SchedulesClient['create']>[1]['batch'];
  await expect(
    new DuvoWorkflows(stack.client).schedules.create(randomUUID(), { batch, cron: '0 2 * * *' }),
  ).rejects.toThrow(/^batch\.source is missing/);
});
