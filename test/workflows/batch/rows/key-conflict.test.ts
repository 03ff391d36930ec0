import { randomUUID } from 'node:crypto';
import { type BatchOptions, DuvoWorkflows } from '../../../../client';
import { concurrentTests } from '../../../support/jest/concurrent-tests';
import { collectRows } from '../../../support/batches';
import { collect } from '../../../support/collect';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../../support/stack';

const test = concurrentTests();

let stack: Stack;
let duvo: DuvoWorkflows;
beforeAll(async () => {
  stack = await startStack();
  const { client, taskQueue, apiTaskQueue } = stack;
  duvo = new DuvoWorkflows(client, { taskQueue, apiTaskQueue });
  stack.simulator.script('reads', { steps: [{ end: 'completed' }] });
  stack.simulator.script('works', { steps: [{ status: 'running' }] });
});
afterAll(() => stack.stop());

const start = (items: unknown[], agentId: string, message: string, options: Partial<BatchOptions> = {}) =>
  duvo.batches.start(items, {
    template: { run: { agentId, message, watch: QUICK_WATCH } },
    keyField: 'number',
    ...options,
  });

test('an item does not take the result of a run of its key that had another input', async () => {
  const items = [{ number: randomUUID() }];
  await (await start(items, 'reads', 'Read {{number}}')).result();
  const second = await start(items, 'reads', 'Post {{number}}', { attempts: 3 });
  expect(await second.result()).toMatchObject({ completed: 0, failed: 1 });
  const [row] = await collect(second.results());
  expect(row).toMatchObject({
    ...{ key: items[0]?.number, type: 'Duvo.KeyConflict' },
    message: expect.stringContaining(`duvo-run-${items[0]?.number}`) as string,
  });
  expect(row).toEqual(expect.not.objectContaining({ workflowId: expect.anything() as unknown }));
  const again = await start(items, 'reads', 'Read {{number}}');
  expect(await again.result()).toMatchObject({ completed: 1, alreadyStarted: 1 });
});

test('an item does not wait for a running workflow of its key that has another input', async () => {
  const key = randomUUID();
  const run = await duvo.runs.start({ key, agentId: 'works', message: 'Read', watch: QUICK_WATCH });
  const batch = await start([{ number: key }], 'works', 'Post');
  expect(await batch.result()).toMatchObject({ failed: 1 });
  expect(await collectRows(batch)).toMatchObject([{ type: 'Duvo.KeyConflict' }]);
  await run.cancel();
});

test('an item that failed before is started again with another input', async () => {
  stack.simulator.script('fails', { steps: [{ end: 'failed' }] });
  const items = [{ number: randomUUID() }];
  await (await start(items, 'fails', 'Read')).result();
  expect(await (await start(items, 'reads', 'Post')).result()).toMatchObject({ completed: 1 });
});

test('an item does not take the key of a run that may be active although its workflow was terminated', async () => {
  const input = { key: randomUUID(), agentId: 'works', message: 'Read', watch: QUICK_WATCH };
  const lost = await duvo.runs.start(input);
  const runId = await eventually(async () => (await lost.state()).runId);
  await stack.client.workflow.getHandle(lost.workflowId).terminate();
  const batch = await start([{ number: input.key }], 'reads', 'Post');
  expect(await batch.result()).toMatchObject({ failed: 1 });
  expect(await collectRows(batch)).toMatchObject([{ type: 'Duvo.KeyConflict' }]);
  const next = await duvo.runs.start(input);
  await eventually(async () => (await next.state()).runId === runId);
  expect(await next.cancel()).toBe('confirmed');
  expect(await (await start([{ number: input.key }], 'reads', 'Post')).result()).toMatchObject({ completed: 1 });
});

test('runs.start attaches to the run of an item with the same input, and is refused with another one', async () => {
  const key = randomUUID();
  await (await start([{ number: key }], 'reads', 'Read {{number}}')).result();
  const input = { key, agentId: 'reads', watch: QUICK_WATCH };
  expect((await duvo.runs.start({ ...input, message: `Read ${key}` })).attached).toBe(true);
  await expect(duvo.runs.start({ ...input, message: 'Post' })).rejects.toMatchObject({ name: 'KeyConflictError' });
});

test('two items of a batch with one key and different inputs are no duplicates, on one page and on two', async () => {
  const number = randomUUID();
  const filler = 'x'.repeat(100_000);
  const items = [
    { number, total: 1 },
    { number, total: 2 },
    { number, total: 1, filler },
    { number: randomUUID(), total: 1, filler },
    { number, total: 3 },
  ];
  const batch = await start(items, 'reads', 'Read {{number}}: {{total}}', { concurrency: 1 });
  expect(await batch.result()).toMatchObject({ completed: 3, failed: 2, duplicates: 1, pages: 2 });
  expect((await collectRows(batch)).map(({ type, duplicateOf }) => type ?? duplicateOf)).toEqual([
    undefined,
    'Duvo.KeyConflict',
    0,
    undefined,
    'Duvo.KeyConflict',
  ]);
});

test('a batch that is started anew with other items at the same places runs them', async () => {
  const key = randomUUID();
  const options = { key, template: { workflow: { type: 'testItem' } }, keyField: undefined };
  const first = await duvo.batches
    .startFromSource(lines('{"n":1}', '{"n":2}', 'wrong'), { ...options, format: 'ndjson' })
    .catch((error: Error) => error);
  expect(first).toMatchObject({ name: 'BatchSourceError' });
  const batch = await duvo.batches.startFromSource(lines('{"n":1}', '{"n":5}'), { ...options, format: 'ndjson' });
  expect(await batch.result()).toMatchObject({ items: 2, completed: 2 });
  const outputs = (await collect(batch.results({ withOutput: true }))).map(({ output }) => output);
  expect(outputs).toEqual([1, 5]);
});

async function* lines(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(`${text}\n`));
}
