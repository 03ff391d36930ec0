import { randomUUID } from 'node:crypto';
import { checkBatches } from '../../../cli/doctor/check-batches';
import { DuvoWorkflows, findUnfilledBatches } from '../../../client';
import { startBatch } from '../../support/batches';
import { eventually, type Stack, startStack } from '../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Leaves behind what a caller leaves that is killed before it has stored the first page. */
async function leaveUnfilled(key: string, taskQueue = stack.taskQueue): Promise<string> {
  const workflowId = `duvo-batch-${key}`;
  await stack.client.workflow.start('batch', {
    workflowId,
    taskQueue,
    args: [{ template: { workflow: { type: 'testItem' } } }],
    memo: { duvoKey: key },
  });
  return workflowId;
}

const check = async (idleMs: number) => checkBatches({ env: { TEMPORAL_ADDRESS: stack.address } }, idleMs);
const checkOf = async (workflowId: string) => (await check(0)).find((one) => one.check === `batch ${workflowId}`);

test('a batch whose caller died while it stored the items is named with the ways to fill or to close it', async () => {
  const key = randomUUID();
  const workflowId = await leaveUnfilled(key);
  const filled = await startBatch(stack, [{ n: 1, waits: true }], {});
  const abandoned = await eventually(() => checkOf(workflowId));
  expect(abandoned).toMatchObject({ status: 'warning', details: expect.stringContaining('0 are stored') as string });
  expect(abandoned.fix).toContain(`--key ${key}`);
  expect(abandoned.fix).toContain(`duvo-temporal batch cancel ${workflowId}`);
  expect((await check(0)).map((one) => one.check)).not.toContain(`batch ${filled.workflowId}`);
  expect((await check(3_600_000)).map((one) => one.check)).not.toContain(`batch ${workflowId}`);
  await filled.cancel();
  await new DuvoWorkflows(stack.client).batches.get(workflowId).cancel();
  expect((await check(0)).map((one) => one.check)).not.toContain(`batch ${workflowId}`);
});

test('a batch whose worker does not answer is named, and the others are checked', async () => {
  const abandoned = await leaveUnfilled(randomUUID());
  const [key, taskQueue] = [randomUUID(), `nobody-polls-${randomUUID()}`];
  const silent = await leaveUnfilled(key, taskQueue);
  const listed = () => stack.client.workflow.count(`WorkflowId = '${silent}' OR WorkflowId = '${abandoned}'`);
  await eventually(async () => (await listed()).count === 2);
  const checks = await check(0);
  expect(checks).toContainEqual(expect.objectContaining({ check: `batch ${abandoned}`, status: 'warning' }));
  const unanswered = checks.find((one) => one.check === 'batches without an answer');
  expect(unanswered).toMatchObject({ status: 'skipped' });
  expect(unanswered?.details).toContain(silent);
  expect(unanswered?.details).toContain(taskQueue);
  for (const id of [abandoned, silent]) await stack.client.workflow.getHandle(id).terminate();
});

test('the oldest batches are read first, and the search ends in its time', async () => {
  const oldest = await leaveUnfilled(randomUUID());
  const newer = await leaveUnfilled(randomUUID());
  const find = (limit: number, timeoutMs = 20_000) =>
    findUnfilledBatches(stack.client, { idleMs: 0, limit, timeoutMs });
  await eventually(async () => {
    const { unfilled, leftOut } = await find(1);
    return unfilled[0]?.workflowId === oldest && leftOut === 1;
  });
  expect((await find(2)).unfilled.map(({ workflowId }) => workflowId)).toEqual([oldest, newer]);
  const silent = await leaveUnfilled(randomUUID(), `nobody-polls-${randomUUID()}`);
  const { unfilled, unanswered } = await eventually(async () => {
    const found = await find(3, 2_000);
    return found.unanswered.length > 0 && found;
  });
  expect(unfilled.map(({ workflowId }) => workflowId)).toEqual([oldest, newer]);
  expect(unanswered).toEqual([{ workflowId: silent, problem: 'no answer in time' }]);
  for (const id of [oldest, newer, silent]) await stack.client.workflow.getHandle(id).terminate();
});
