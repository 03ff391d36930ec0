import { randomUUID } from 'node:crypto';
import { checkBatches } from '../../../cli/doctor/check-batches';
import { DuvoWorkflows } from '../../../client';
import { startBatch } from '../../support/batches';
import { eventually, type Stack, startStack } from '../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

test('a batch whose caller died while it stored the items is named with the ways to fill or to close it', async () => {
  const key = randomUUID();
  const workflowId = `duvo-batch-${key}`;
  // What a caller leaves behind that is killed before it has stored the first page.
  await stack.client.workflow.start('batch', {
    workflowId,
    taskQueue: stack.taskQueue,
    args: [{ template: { workflow: { type: 'testItem' } } }],
    memo: { duvoKey: key },
  });
  const filled = await startBatch(stack, [{ n: 1, waits: true }], {});
  const check = async (idleMs: number) => checkBatches({ env: { TEMPORAL_ADDRESS: stack.address } }, idleMs);
  const abandoned = await eventually(async () => (await check(0)).find((one) => one.check === `batch ${workflowId}`));
  expect(abandoned).toMatchObject({ status: 'warning', details: expect.stringContaining('0 are stored') as string });
  expect(abandoned.fix).toContain(`--key ${key}`);
  expect(abandoned.fix).toContain(`duvo-temporal batch cancel ${workflowId}`);
  expect((await check(0)).map((one) => one.check)).not.toContain(`batch ${filled.workflowId}`);
  expect((await check(3_600_000)).map((one) => one.check)).not.toContain(`batch ${workflowId}`);
  await filled.cancel();
  await new DuvoWorkflows(stack.client).batches.get(workflowId).cancel();
  expect((await check(0)).map((one) => one.check)).not.toContain(`batch ${workflowId}`);
});
