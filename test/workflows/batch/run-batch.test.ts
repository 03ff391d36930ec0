import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { type DuvoBatch, DuvoWorkflows } from '../../../client';
import type { BatchInput, BatchResult } from '../../../workflows/batch';
import { concurrentTests } from '../../support/jest/concurrent-tests';
import { collectRows } from '../../support/batches';
import type { TestItem } from '../../support/workflows/batch-items';
import { failureOf } from '../../support/failures';
import { eventually, type Stack, startStack } from '../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const begin = (items: TestItem[] | undefined, more: Partial<BatchInput> = {}): Promise<WorkflowHandle> => {
  const { taskQueue, apiTaskQueue } = stack;
  const input: BatchInput = { template: { workflow: { type: 'testItem' } }, items, apiTaskQueue, ...more };
  return stack.client.workflow.start('parentOfBatch', { taskQueue, workflowId: randomUUID(), args: [input] });
};
/** Waits for the batch that a parent started. */
const childOf = (parent: WorkflowHandle): Promise<DuvoBatch> =>
  eventually(async () => {
    const [child] = (await parent.describe()).raw.pendingChildren ?? [];
    return child?.workflowId ? new DuvoWorkflows(stack.client).batches.get(child.workflowId) : undefined;
  });

test('a process receives the counts and the id of its batch, and reads the rows by that id', async () => {
  const parent = await begin([{ n: 0 }, { n: 1, fails: true }], { keyField: 'n' });
  const { batchId, ...result } = (await parent.result()) as BatchResult & { batchId: string };
  expect(result).toEqual({ items: 2, completed: 1, failed: 1, canceled: 0, notStarted: 0, pages: 1, pagesStarted: 1 });
  expect(batchId).toContain(`${parent.workflowId}/batch-`);
  expect(await collectRows(new DuvoWorkflows(stack.client).batches.get(batchId))).toMatchObject([
    { key: '0', status: 'completed' },
    { key: '1', status: 'failed', type: 'TestItemFailed' },
  ]);
});

test.each(['cancel', 'terminate'] as const)('%s of the process cancels the batch and its items', async (end) => {
  const parent = await begin([{ n: 0, waits: true }, { n: 1 }], { concurrency: 1 });
  const batch = await childOf(parent);
  await eventually(async () => (await batch.progress().catch(() => undefined))?.inFlight === 1);
  await parent[end]();
  await failureOf(parent.result());
  expect(await batch.result()).toMatchObject({ canceled: 1, notStarted: 1, stopped: 'canceled' });
  const item = stack.client.workflow.getHandle(`${batch.workflowId}/item/0`);
  expect((await item.describe()).status.name).toBe('CANCELLED');
});

test.each([
  ['items', {}],
  ['concurrency', { items: [{ n: 0 }], concurrency: 0 }],
  ['priority.fairnessKey', { items: [{ n: 0 }], priority: { fairnessKey: 'x'.repeat(65) } }],
])(
  'an invalid input starts nothing and names the field: %s',
  async (field, { items, ...more }: Partial<BatchInput>) => {
    const parent = await begin(items as TestItem[] | undefined, more);
    expect(await failureOf(parent.result())).toMatchObject({ type: 'Duvo.InvalidInput', details: [{ field }] });
    const { events = [] } = await parent.fetchHistory();
    expect(events?.some((event) => event.startChildWorkflowExecutionInitiatedEventAttributes)).toBe(false);
  },
);
