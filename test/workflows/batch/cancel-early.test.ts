import { DuvoWorkflows } from '../../../client';
import { eventually, type Stack, startStack } from '../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Some items wait and others end at once, so at any time an item is being started. */
const items = Array.from({ length: 60 }, (_one, n) => ({ n, waits: n % 3 !== 0 }));

test('a cancel that arrives while items start reaches each of them', async () => {
  const { taskQueue, apiTaskQueue, client } = stack;
  const batches = new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).batches;
  // Many batches are cancelled at different times, because it depends on timing whether a cancel arrives during a
  // start.
  const cancelled = Array.from({ length: 12 }, async (_one, at) => {
    const batch = await batches.start(items, { template: { workflow: { type: 'testItem' } }, concurrency: 30 });
    await eventually(async () => (await batch.progress()).started > 2 * at);
    const { canceled, completed, notStarted } = await batch.cancel({ timeoutMs: 150_000 });
    expect(canceled + completed + notStarted).toBe(60);
    const open = `DuvoBatchId = '${batch.workflowId}' AND ExecutionStatus = 'Running'`;
    await eventually(async () => (await client.workflow.count(open)).count === 0);
  });
  await Promise.all(cancelled);
}, 180_000);
