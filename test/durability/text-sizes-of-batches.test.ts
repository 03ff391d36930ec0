import type { DuvoBatch } from '../../client';
import { jsonBytes } from '../../contract';
import { MAX_PAGE_BYTES } from '../../contract/batches/batch-contract';
import { parseBatchInput } from '../../contract/batches/batch-input';
import { pageWorkflowId } from '../../workflows/batch';
import { alphabets, textOf, variedText } from '../support/alphabets';
import { collectRows, startBatch, TEST_ITEM } from '../support/batches';
import { countFailedTasks } from '../support/failed-tasks';
import { rejectionOf } from '../support/rejection';
import { type Stack, startStack } from '../support/stack';

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

test('items that fill a template many times start in several tasks, and one that is too large fails by name', async () => {
  const template = { workflow: { type: 'testItem', input: { n: '{{n}}', text: `${'{{text}}'.repeat(12)}.` } } };
  const items = Array.from({ length: 12 }, (_one, n) => ({ n, text: 'x'.repeat(n < 11 ? 120_000 : 130_000) }));
  const batch = await startBatch(stack, items, { template, concurrency: 12 });
  const { completed, failed, pages } = await batch.result();
  expect({ completed, failed }).toEqual({ completed: 11, failed: 1 });
  expect((await collectRows(batch))[11]).toMatchObject({ type: 'Duvo.InvalidInput', field: 'input' });
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
