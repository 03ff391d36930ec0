import { randomUUID } from 'node:crypto';
import { type BatchOptions, type DuvoBatch, type BatchesClient, DuvoWorkflows } from '../../../../client';
import { pageWorkflowId } from '../../../../workflows/batch';
import { concurrentTests } from '../../../support/jest/concurrent-tests';
import { collectRows } from '../../../support/batches';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../../support/stack';

const test = concurrentTests();

let stack: Stack;
let batches: BatchesClient;
beforeAll(async () => {
  stack = await startStack({ dialect: 'v2' });
  const { taskQueue, apiTaskQueue } = stack;
  batches = new DuvoWorkflows(stack.client, { taskQueue, apiTaskQueue }).batches;
  stack.simulator.script('good', { steps: [{ end: 'completed' }] });
  stack.simulator.script('bad', { steps: [{ end: 'failed' }] });
  stack.simulator.script('slow', { steps: [{ status: 'running' }] });
  stack.simulator.script('asks', { steps: [{ ask: { type: 'approval', title: 'Go on?' } }, { end: 'completed' }] });
});
afterAll(() => stack.stop());

const template = { run: { agentId: '{{agent}}', message: '{{key}}', watch: QUICK_WATCH } };
const start = (items: Iterable<unknown>, options: Partial<BatchOptions> = {}): Promise<DuvoBatch> =>
  batches.start(items, { template, ...options });
const keys = (...names: string[]) => {
  const id = randomUUID().slice(0, 8);
  return names.map((name) => `${name}-${id}`);
};
const runOf = (key: string | undefined) =>
  stack.simulator.ledger.find(({ operation, body }) => {
    return operation === 'start' && (body as { message?: string } | undefined)?.message === key;
  });
const lookUp = async (workflowId: string) =>
  (await stack.client.workflow.getHandle(workflowId).describe()).searchAttributes as { DuvoRunId?: string[] };
/** Waits for Duvo's id of an item's run. */
const runIdOf = (workflowId: string) =>
  eventually(async () => (await lookUp(workflowId).catch(() => undefined))?.DuvoRunId?.[0]);

test('a row has the id of the run, whether it completed, failed or was terminated', async () => {
  const [good, bad, slow] = keys('good', 'bad', 'slow');
  const batch = await start(
    [
      { agent: 'good', key: good },
      { agent: 'bad', key: bad },
      { agent: 'slow', key: slow },
    ],
    { keyField: 'key' },
  );
  await runIdOf(`duvo-run-${slow}`);
  await stack.client.workflow.getHandle(`duvo-run-${slow}`).terminate();
  const [first, second, third] = await collectRows(batch);
  expect(first).toEqual({
    index: 0,
    key: good,
    status: 'completed',
    attempts: 1,
    runId: await runIdOf(`duvo-run-${good}`),
  });
  expect(second).toMatchObject({ status: 'failed', type: 'Duvo.RunFailed', runId: await runIdOf(`duvo-run-${bad}`) });
  expect(third).toMatchObject({ status: 'failed', runId: await runIdOf(`duvo-run-${slow}`) });
});

describe('two items with one key', () => {
  test('share one run, and the second row names the first, on the same page and on a later one', async () => {
    const [twice, once] = keys('twice', 'once');
    const filler = 'x'.repeat(100_000);
    const batch = await start(
      [
        { agent: 'good', key: twice },
        { agent: 'good', key: twice },
        { agent: 'good', key: once, filler },
        { agent: 'good', key: `${once}-too`, filler },
        { agent: 'good', key: twice },
      ],
      { keyField: 'key', concurrency: 1 },
    );
    expect(await batch.result()).toMatchObject({ items: 5, completed: 5, duplicates: 2, pages: 2 });
    const rows = await collectRows(batch);
    expect(rows.map(({ duplicateOf }) => duplicateOf)).toEqual([undefined, 0, undefined, undefined, 0]);
    expect(rows.filter(({ alreadyStarted }) => alreadyStarted)).toEqual([]);
    expect(rows[4]).toEqual({ ...rows[0], index: 4, duplicateOf: 0 });
    expect(rows[1]?.runId).toBe(rows[0]?.runId);
    expect(runOf(twice)?.committed).toBe(true);
  });

  test('share the attempts and the result', async () => {
    const [bad] = keys('bad');
    const filler = 'x'.repeat(100_000);
    const items = [
      { agent: 'bad', key: bad },
      { agent: 'bad', key: bad },
      { agent: 'good', key: `${bad}-2`, filler },
      { agent: 'good', key: `${bad}-3`, filler },
      { agent: 'bad', key: bad },
    ];
    const batch = await start(items, { keyField: 'key', concurrency: 1, attempts: 2 });
    expect(await batch.result()).toMatchObject({ completed: 2, failed: 3, duplicates: 2, pages: 2 });
    const rows = await collectRows(batch);
    expect(rows.map(({ attempts }) => attempts)).toEqual([2, 2, 1, 1, 2]);
    expect(rows.map(({ duplicateOf }) => duplicateOf)).toEqual([undefined, 0, undefined, undefined, 0]);
    expect(rows[4]?.runId).toBe(rows[0]?.runId);
    const starts = stack.simulator.ledger.filter(
      ({ operation, committed, body }) =>
        operation === 'start' && committed && (body as { message: string }).message.startsWith(`${bad}`),
    );
    expect(starts).toHaveLength(4);
  });

  test('share one workflow or one case, too', async () => {
    const filler = 'x'.repeat(100_000);
    const items = [{ n: 1 }, { n: 1 }, { n: 2, filler }, { n: 3, filler }, { n: 1 }];
    const options = { keyField: 'n', concurrency: 1 };
    const workflows = await start(items, { ...options, template: { workflow: { type: 'testItem' } } });
    expect(await workflows.result()).toMatchObject({ completed: 5, duplicates: 2 });
    const queueId = stack.simulator.addQueue({ agentId: 'good' });
    const cases = await start(items, { ...options, template: { case: { queueId, title: 'Case {{n}}' } } });
    expect(await cases.result()).toMatchObject({ completed: 5, duplicates: 2 });
    const rows = await collectRows(cases);
    expect(rows.map(({ duplicateOf }) => duplicateOf)).toEqual([undefined, 0, undefined, undefined, 0]);
    expect(new Set(rows.map(({ caseId }) => caseId)).size).toBe(3);
    const created = stack.simulator.ledger.filter(
      ({ operation, committed }) => operation === 'create-cases' && committed,
    );
    expect(created).toHaveLength(3);
  });
});

test('an item that another caller started is marked alreadyStarted; an item of the page’s earlier run is not', async () => {
  const [done, open, own] = keys('done', 'open', 'own');
  const runs = new DuvoWorkflows(stack.client, { taskQueue: stack.taskQueue, apiTaskQueue: stack.apiTaskQueue }).runs;
  await (await runs.start({ key: done, agentId: 'good', message: done, watch: QUICK_WATCH })).result();
  await runs.start({ key: open, agentId: 'asks', message: open, watch: QUICK_WATCH });
  const items = [
    { agent: 'good', key: done },
    { agent: 'asks', key: open },
    { agent: 'asks', key: own },
  ];
  const batch = await start(items, { keyField: 'key' });
  for (const key of [open, own]) await runIdOf(`duvo-run-${key}`);
  await eventually(async () => (await batch.progress()).completed === 1);
  await stack.client.workflow.getHandle(pageWorkflowId(batch.workflowId, 1)).terminate();
  await eventually(async () => (await batch.progress()).inFlight === 2);
  for (const key of [open, own]) {
    const run = runs.get(`duvo-run-${key}`);
    const gate = await eventually(async () => (await run.gates()).find(({ status }) => status === 'open'));
    await run.answer(gate.gateId, { approved: true, by: 'alice' });
  }
  expect(await batch.result()).toMatchObject({ completed: 3, alreadyStarted: 2 });
  expect((await collectRows(batch)).map(({ alreadyStarted, duplicateOf }) => [alreadyStarted, duplicateOf])).toEqual([
    [true, undefined],
    [true, undefined],
    [undefined, undefined],
  ]);
});

test('an item that failed in an earlier batch is started again, and is not marked alreadyStarted', async () => {
  const [bad] = keys('bad');
  const first = await start([{ agent: 'bad', key: bad }], { keyField: 'key' });
  expect(await first.result()).toMatchObject({ failed: 1 });
  const second = await start([{ agent: 'good', key: bad }], { keyField: 'key' });
  expect(await second.result()).toEqual(expect.not.objectContaining({ alreadyStarted: 1 }));
  expect(await collectRows(second)).toMatchObject([{ status: 'completed', attempts: 1 }]);
});

test('an item that failed before its page died is not started again', async () => {
  const [bad, asks] = keys('bad', 'asks');
  const items = [
    { agent: 'bad', key: bad },
    { agent: 'asks', key: asks },
  ];
  const batch = await start(items, { keyField: 'key' });
  await eventually(async () => (await batch.progress()).failed === 1);
  const runId = await runIdOf(`duvo-run-${bad}`);
  await runIdOf(`duvo-run-${asks}`);
  await stack.client.workflow.getHandle(pageWorkflowId(batch.workflowId, 1)).terminate();
  await eventually(async () => (await batch.progress()).failed === 1);
  await batch.cancel();
  expect((await collectRows(batch))[0]).toMatchObject({ status: 'failed', type: 'Duvo.RunFailed', attempts: 1, runId });
  expect(await runIdOf(`duvo-run-${bad}`)).toBe(runId);
});
