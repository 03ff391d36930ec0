import { randomUUID } from 'node:crypto';
import { type BatchOptions, type DuvoBatch, type BatchesClient, DuvoWorkflows } from '../../../client';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { numberedItems, collectRows, startBatch } from '../../support/batches';
import type { TestItem } from '../../support/workflows/batch-items';
import { rejectionOf } from '../../support/rejection';
import { eventually, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
let batches: BatchesClient;
beforeAll(async () => {
  stack = await startStack();
  const { taskQueue, apiTaskQueue } = stack;
  batches = new DuvoWorkflows(stack.client, { taskQueue, apiTaskQueue }).batches;
});
afterAll(() => stack.stop());

const start = (
  all: Iterable<unknown> | AsyncIterable<unknown>,
  options: Partial<BatchOptions> = {},
): Promise<DuvoBatch> => startBatch(stack, all, options);

test('a second start with one key attaches to the batch, and is refused with another input', async () => {
  const key = randomUUID();
  const first = await start(numberedItems(3), { key });
  const again = await start(numberedItems(3), { key });
  expect(again.workflowId).toBe(first.workflowId);
  expect(await first.result()).toMatchObject({ completed: 3 });
  await expect(start(numberedItems(3), { key, concurrency: 7 })).rejects.toThrow(/another input/);
});

test('interrupted storing continues where it stopped, and refuses other items', async () => {
  const key = randomUUID();
  // These items are so large that a page has two of them.
  const padded = (count: number, takes?: number) => numberedItems(count, () => ({ takes, pad: 'x'.repeat(60_000) }));
  const broken = function* () {
    yield* padded(5);
    throw new Error('the line is dead');
  };
  await expect(start(broken(), { key })).rejects.toThrow('the line is dead');
  await expect(start(padded(5, 1), { key })).rejects.toThrow(/page 1/);
  const batch = await start(padded(8), { key });
  expect(await batch.result()).toMatchObject({ items: 8, completed: 8, pages: 4 });
});

test('a cancel while items are being stored ends the storing and closes all page stores', async () => {
  const key = randomUUID();
  let taken = 0;
  const cancelling = async function* () {
    // A page has two of these items. The cancel is sent after the batch has received the signal about three pages.
    for (const item of numberedItems(40, () => ({ waits: true, pad: 'x'.repeat(60_000) }) as Partial<TestItem>)) {
      if (taken++ === 8) await batches.get(`duvo-batch-${key}`).cancel();
      yield item;
    }
  };
  const batch = await start(cancelling(), { key, concurrency: 1 });
  expect(await batch.result()).toMatchObject({ stopped: 'canceled' });
  expect(taken).toBeLessThan(40);
  const store = (page: number) => stack.client.workflow.getHandle(`${batch.workflowId}/items/${page}`).describe();
  for (let page = 1; page <= 5; page++) await eventually(async () => (await store(page)).status.name === 'COMPLETED');
});

test('a start with other items is refused while the batch runs and after its end', async () => {
  const options = { key: randomUUID(), template: { run: { agentId: 'waits', message: 'Go' } } };
  stack.simulator.script('waits', { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { end: 'completed' }] });
  const batch = await start(numberedItems(2), options);
  await expect(start(numberedItems(3), options)).rejects.toThrow(/other items/);
  expect((await start(numberedItems(2), options)).workflowId).toBe(batch.workflowId);
  await batch.cancel();
  await expect(start(numberedItems(3), options)).rejects.toMatchObject({ name: 'KeyConflictError' });
  expect((await start(numberedItems(2), options)).workflowId).toBe(batch.workflowId);
});

test('a start with other options is refused, and the refusal names what differs', async () => {
  const key = randomUUID();
  const template = (message: string) => ({ run: { agentId: 'waits', message } });
  const batch = await start(numberedItems(1), { key, template: template('Read {{n}}'), concurrency: 2 });
  const conflict = (options: object) =>
    rejectionOf(start(numberedItems(1), { key, template: template('Read {{n}}'), concurrency: 2, ...options }));
  expect((await conflict({ concurrency: 5 })) as Error).toMatchObject({
    message: expect.stringMatching(
      new RegExp(
        `another input, which differs in concurrency .*batch concurrency duvo-batch-${key} 5' changes the concurrency`,
      ),
    ) as string,
  });
  const other = (await conflict({ template: template('Check {{n}}'), attempts: 3 })) as Error;
  expect(other.message).toContain('another input, which differs in template.run.message, attempts (workflow');
  expect(other.message).not.toContain('batch concurrency');
  await batch.cancel();
});

test('redrive runs only the items that did not complete', async () => {
  const key = randomUUID();
  const first = await start(
    numberedItems(5, (n) => ({ fails: n > 2 })),
    { key, keyField: 'n' },
  );
  await first.result();
  const again = await batches.redrive(first.workflowId);
  expect(await again.result()).toMatchObject({ items: 2, failed: 2 });
  expect((await collectRows(again)).map((row) => row.key)).toEqual(['3', '4']);
});
