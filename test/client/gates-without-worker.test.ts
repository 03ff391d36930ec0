import { randomUUID } from 'node:crypto';
import { DuvoWorkflows } from '../../client';
import { type DevServer, startDevServer } from '../../workers';
import { collect } from '../support/collect';
import { eventually, type Stack, startStack } from '../support/stack';

let server: DevServer;
let stack: Stack;
beforeAll(async () => {
  // By default, the server keeps a query for 20 s after the last worker was stopped, before it reports that no worker polls.
  server = await startDevServer({ dynamicConfig: { 'matching.queryPollerUnavailableWindow': '1s' } });
  stack = await startStack({ address: server.address });
});
afterAll(async () => {
  await stack.stop();
  await server.stop();
});

test('gates that do not fit into the memo of a workflow without a worker are one row of the list', async () => {
  const { gates } = new DuvoWorkflows(stack.client);
  const inputs = Array.from({ length: 100 }, (_one, n) => ({ title: 'Pay?', id: `${'請'.repeat(60)}-${n}` }));
  const workflowIds = [randomUUID(), randomUUID()];
  for (const workflowId of workflowIds)
    await stack.client.workflow.start('asksOf', { taskQueue: stack.taskQueue, workflowId, args: [inputs] });
  const listed = async () =>
    (await collect(gates.list({ processType: 'asksOf' }))).filter(({ ref }) =>
      workflowIds.some((workflowId) => ref.startsWith(workflowId)),
    );
  await eventually(async () => (await listed()).length === 200);
  await stack.stopWorkers();
  const rows = await listed();
  for (const workflowId of workflowIds) {
    const own = rows.filter(({ ref }) => ref.startsWith(workflowId));
    const [summary, ...others] = own.filter(({ workerMissing }) => workerMissing);
    const missing = 100 - (own.length - 1);
    expect(others).toEqual([]);
    expect(missing).toBeGreaterThan(0);
    expect(summary).toMatchObject({ ref: workflowId, source: 'process', type: 'unknown' });
    expect(summary?.title).toContain(`${missing} open, not readable while no worker of ${stack.taskQueue} answers`);
  }
  await Promise.all(workflowIds.map((id) => stack.client.workflow.getHandle(id).terminate()));
});

test('an answer that waits behind others until its timeout is reported as not sent', async () => {
  const { gates } = new DuvoWorkflows(stack.client);
  const workflowId = randomUUID();
  await stack.stopWorkers();
  await stack.client.workflow.start('asksOf', { taskQueue: stack.taskQueue, workflowId, args: [[{ title: 'Pay?' }]] });
  const answer = (timeoutMs: number) =>
    gates.answer(`${workflowId}#p-1`, { approved: true, by: 'alice' }, { timeoutMs }).catch((error: unknown) => error);
  const sent = Array.from({ length: 8 }, () => answer(5_000));
  expect(await answer(1_000)).toMatchObject({
    name: 'WaitTimeoutError',
    message: expect.stringContaining('was not sent in time') as string,
  });
  for (const one of await Promise.all(sent))
    expect(one).toMatchObject({
      name: 'WaitTimeoutError',
      message: expect.stringContaining('returned no verdict within') as string,
    });
  await stack.client.workflow.getHandle(workflowId).terminate();
});

test('a gate whose approvers do not all fit into the memo is listed for each person while no worker answers', async () => {
  const { gates } = new DuvoWorkflows(stack.client);
  const workflowId = randomUUID();
  const approvers = Array.from({ length: 40 }, (_one, n) => `${'請'.repeat(60)}-${n}`);
  await stack.stopWorkers();
  await stack.startWorkers();
  await stack.client.workflow.start('asksOf', {
    taskQueue: stack.taskQueue,
    workflowId,
    args: [[{ title: 'Pay?', approvers }]],
  });
  const refsFor = async (by: string) =>
    (await collect(gates.list({ processType: 'asksOf', person: { by } })))
      .map(({ ref }) => ref)
      .filter((ref) => ref.startsWith(workflowId));
  await eventually(async () => (await refsFor(approvers[39] ?? '')).length === 1);
  expect(await refsFor('mallory')).toEqual([]);
  await stack.stopWorkers();
  expect(await refsFor(approvers[39] ?? '')).toHaveLength(1);
  await stack.client.workflow.getHandle(workflowId).terminate();
});
