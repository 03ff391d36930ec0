import type { DuvoBatch } from '../../client';
import { jsonBytes } from '../../contract';
import { MAX_PAGE_BYTES } from '../../contract/batches/batch-contract';
import { parseBatchInput } from '../../contract/batches/batch-input';
import { pageWorkflowId } from '../../workflows/batch';
import { concurrentTests } from '../support/jest/concurrent-tests';
import { alphabets, textOf, variedText } from '../support/text-sizes/alphabets';
import { collectRows, startBatch, TEST_ITEM } from '../support/batches';
import { countFailedTasks } from '../support/text-sizes/failed-tasks';
import { rejectionOf } from '../support/rejection';
import { type Stack, startStack } from '../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const withInput = (text: string) => ({ workflow: { type: 'testItem', input: { n: 1, text } } });

/** Counts the failed workflow tasks of a batch and its pages. */
async function failedTasks({ workflowId }: DuvoBatch, pages = 1): Promise<number> {
  const ids = [workflowId, ...Array.from({ length: pages }, (_one, at) => pageWorkflowId(workflowId, at + 1))];
  const counts = await Promise.all(ids.map((id) => countFailedTasks(stack.client.workflow.getHandle(id))));
  return counts.reduce((sum, count) => sum + count, 0);
}

describe.each(alphabets)('texts of a batch in %s', (name, character) => {
  const text = (bytes: number) => textOf(character, bytes);

  test.each<[string, number, (bytes: number) => object]>([
    ['template', 1_200_000, (bytes) => ({ template: withInput(text(bytes - jsonBytes(withInput('')))) })],
    ['keyField', 1_000, (bytes) => ({ keyField: text(bytes) })],
    ['apiTaskQueue', 1_000, (bytes) => ({ apiTaskQueue: text(bytes) })],
    ['template.workflow.type', 1_000, (bytes) => ({ template: { workflow: { type: text(bytes) } } })],
    [
      'template.workflow.taskQueue',
      1_000,
      (bytes) => ({ template: { workflow: { type: 't', taskQueue: text(bytes) } } }),
    ],
    ['template.run.message', 1_000_000, (bytes) => ({ template: { run: { agentId: 'a', message: text(bytes) } } })],
  ])('%s is accepted up to its limit and refused by name beyond', (field, limit, input) => {
    const parse = (bytes: number) => () => parseBatchInput({ template: TEST_ITEM, ...input(bytes) });
    expect(parse(limit)).not.toThrow();
    expect(parse(limit + 1)).toThrow(`${field} has ${limit + 1} bytes; the limit is ${limit}`);
  });

  test('the key, the template and an item at their limits run; beyond, nothing is sent', async () => {
    const key = `${process.pid}-${name}-`;
    const fullKey = (bytes: number) => key + text(bytes - key.length);
    const template = withInput(`${text(1_199_000)}`);
    expect(await rejectionOf(startBatch(stack, [{ n: 1 }], { key: fullKey(201) }))).toMatchObject({ field: 'key' });
    const largest = { n: 1, text: text(MAX_PAGE_BYTES - 256 - 1 - jsonBytes({ n: 1, text: '' })) };
    const [full, plain] = await Promise.all([
      startBatch(stack, [{ n: 1 }], { key: fullKey(200), template }),
      startBatch(stack, [{ n: 0, text: text(1) }, largest], {}),
    ]);
    expect([await full.result(), await plain.result()]).toMatchObject([{ completed: 1 }, { completed: 2 }]);
    expect((await failedTasks(full)) + (await failedTasks(plain))).toBe(0);
    const tooLarge = startBatch(stack, [{ ...largest, text: `${largest.text}a` }], {});
    expect(await rejectionOf(tooLarge)).toMatchObject({
      index: 0,
      problem: expect.stringContaining('the limit is') as string,
    });
  });
});

const fillsTemplate = (times: number) => ({
  workflow: { type: 'testItem', input: { n: '{{n}}', text: `${'{{text}}'.repeat(times)}.` } },
});
const padded = (count: number, bytes: number) =>
  Array.from({ length: count }, (_one, n) => ({ n, text: 'x'.repeat(bytes) }));

test('items of one page that fill a template many times start in several tasks', async () => {
  // All of them together exceed the 4 MB that the server accepts from one workflow task.
  const batch = await startBatch(stack, padded(40, 3_000), { template: fillsTemplate(36), concurrency: 40 });
  expect(await batch.result()).toMatchObject({ completed: 40, pages: 1 });
});

test('an item whose filled template is too large for a workflow fails by name, and the others complete', async () => {
  const items = [...padded(1, 120_000), ...padded(1, 130_000)];
  const batch = await startBatch(stack, items, { template: fillsTemplate(12) });
  const { completed, pages } = await batch.result();
  expect(completed).toBe(1);
  expect((await collectRows(batch))[1]).toMatchObject({ type: 'Duvo.InvalidInput', field: 'input' });
  expect(await failedTasks(batch, pages)).toBe(0);
});

test('1,000 texts of all sizes in keys and fields of one batch run, each item once', async () => {
  const items = Array.from({ length: 250 }, (_one, n) => ({
    n,
    key: `${variedText(n, 200)}-${n}`,
    ...{ a: variedText(n + 1, 3_000), b: variedText(n + 2, 3_000), c: variedText(n + 3, 3_000) },
  }));
  const input = { n: '{{n}}', text: 'Read {{a}}, {{b}}, {{c}}, {{key}}, {{item}}' };
  const options = { template: { workflow: { type: 'testItem', input } }, keyField: 'key', concurrency: 50 };
  const batch = await startBatch(stack, items, options);
  const { completed, pages } = await batch.result();
  expect(completed).toBe(items.length);
  expect(await failedTasks(batch, pages)).toBe(0);
});
