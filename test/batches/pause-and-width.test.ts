import { type DuvoBatch, DuvoBatches } from '../../client';
import { type PageState, pageWorkflowId } from '../../workflows/batches';
import type { TestItem } from '../support/batch-workflows';
import { eventually, type Stack, startStack } from '../support/stack';

let stack: Stack;
let batches: DuvoBatches;
beforeAll(async () => {
  stack = await startStack();
  const { taskQueue, apiTaskQueue } = stack;
  batches = new DuvoBatches(stack.client, { taskQueue, apiTaskQueue });
});
afterAll(() => stack.stop());

const items = (count: number, more: (n: number) => Partial<TestItem>): TestItem[] =>
  Array.from({ length: count }, (_one, n) => ({ n, ...more(n) }));
const start = (all: TestItem[], width: number): Promise<DuvoBatch> =>
  batches.start(all, { template: { workflow: { type: 'testItem' } }, width });
const letGo = (batch: DuvoBatch, n: number) =>
  eventually(() =>
    stack.client.workflow
      .getHandle(`${batch.workflowId}/item/${n}`)
      .signal('goOn')
      .then(
        () => true,
        () => false,
      ),
  );
const pageOf = (batch: DuvoBatch) =>
  stack.client.workflow.getHandle(pageWorkflowId(batch.workflowId, 1)).query<PageState>('pageState');

test('at most so many are under way, and the width can be changed meanwhile', async () => {
  const batch = await start(
    items(10, () => ({ waits: true })),
    2,
  );
  await eventually(async () => (await batch.progress()).inFlight === 2);
  expect(await batch.setWidth(4)).toBe(2);
  await eventually(async () => (await batch.progress()).inFlight === 4);
  await batch.setWidth(1);
  // A page hears of it a moment after its batch.
  await eventually(async () => (await pageOf(batch)).slots === 1);
  for (const n of [0, 1, 2]) await letGo(batch, n);
  await eventually(async () => (await batch.progress()).completed === 3);
  expect(await batch.progress()).toMatchObject({ inFlight: 1, started: 4, width: 1 });
  await batch.setWidth(10);
  await eventually(async () => (await batch.progress()).started === 10);
  for (const { n } of items(10, () => ({})).slice(3)) await letGo(batch, n);
  expect(await batch.result()).toMatchObject({ completed: 10 });
});

test('paused, it starts nothing more; resumed, it goes on', async () => {
  const batch = await start(
    items(5, (n) => ({ waits: n < 2 })),
    2,
  );
  await eventually(async () => (await batch.progress()).inFlight === 2);
  await batch.pause();
  await eventually(async () => (await batch.progress()).paused);
  for (const n of [0, 1]) await letGo(batch, n);
  await eventually(async () => (await batch.progress()).completed === 2);
  expect(await batch.progress()).toMatchObject({ paused: true, inFlight: 0, started: 2 });
  await batch.resume();
  expect(await batch.result()).toMatchObject({ completed: 5 });
});

test('paused, then widened, it starts nothing, however close to each other', async () => {
  // Many, since it is chance which of two signals a page hears of first.
  const widened = Array.from({ length: 12 }, async () => {
    const batch = await start(
      items(6, (n) => ({ waits: n < 2 })),
      2,
    );
    await eventually(async () => (await batch.progress()).inFlight === 2);
    await batch.pause();
    await batch.setWidth(5);
    await eventually(async () => (await batch.progress()).paused && (await pageOf(batch)).slots === 5);
    expect(await batch.progress()).toMatchObject({ started: 2, inFlight: 2 });
    await batch.resume();
    for (const n of [0, 1]) await letGo(batch, n);
    expect(await batch.result()).toMatchObject({ completed: 6 });
  });
  await Promise.all(widened);
});
