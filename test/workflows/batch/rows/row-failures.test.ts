import { concurrentTests } from '../../../support/jest/concurrent-tests';
import { collect } from '../../../support/collect';
import { collectRows, createBatchesClient, startBatch } from '../../../support/batches';
import { eventually, QUICK_WATCH, type Stack, startStack } from '../../../support/stack';

const test = concurrentTests();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const startRuns = (items: unknown[], options = {}) =>
  createBatchesClient(stack).start(items, {
    template: { run: { agentId: '{{agent}}', message: 'Read {{number}}', watch: QUICK_WATCH } },
    ...options,
  });

test('a failed item has the message of its failure, and no workflow id when nothing was started', async () => {
  const batch = await startRuns([{ agent: 'never-started' }, { agent: 'never-started', number: 1 }], {
    keyField: 'number',
    attempts: 2,
  });
  const [first] = await collect(batch.results());
  expect(first).toEqual({
    index: 0,
    status: 'failed',
    type: 'Duvo.InvalidInput',
    message: 'number is missing in the item: the template needs this field',
    field: 'number',
  });
});

test('a template that does not fit an item names the field, and no workflow', async () => {
  const batch = await startRuns([{ agent: 'never-started' }], { attempts: 2 });
  const [row] = await collect(batch.results());
  expect(row).toMatchObject({ type: 'Duvo.InvalidInput', field: 'number' });
  expect(row).toEqual(expect.not.objectContaining({ workflowId: expect.anything() as unknown }));
  expect(row).toEqual(expect.not.objectContaining({ attempts: expect.anything() as unknown }));
});

test('the failure of a workflow is in the row, cut to well-formed text', async () => {
  const batch = await startBatch(stack, [{ n: 1, failsWith: `${'x'.repeat(299)}😀 and more` }], {});
  const [row] = await collectRows(batch);
  expect(row).toMatchObject({ status: 'failed', type: 'TestItemFailed', message: `${'x'.repeat(299)}…`, attempts: 1 });
});

test('the row of an unknown agent names the agent and how to list agents', async () => {
  const batch = await startRuns([{ agent: 'nobody-4712', number: 1 }]);
  const [row] = await collectRows(batch);
  expect(row).toMatchObject({
    type: 'Duvo.NotFound',
    message:
      'agent "nobody-4712" does not exist or this key may not see it (agent_not_found): ' +
      'list agents with npx duvo-temporal api agents.list',
  });
});

test("a failed run has the agent's last message and Duvo's outcome in its row; a completed run has the outcome", async () => {
  const lastMessage = `the amount is missing ${'読'.repeat(400)}`;
  stack.simulator.script('fails', { steps: [{ end: 'failed' }], lastMessage, outcome: { reason: 'no amount' } });
  stack.simulator.script('completes', { steps: [{ end: 'completed' }], lastMessage: 'done', outcome: 'posted' });
  stack.simulator.script('talks', { steps: [{ end: 'completed' }], outcome: { pages: 'x'.repeat(1_000) } });
  const agents = ['fails', 'completes', 'talks'];
  const batch = await startRuns(agents.map((agent, number) => ({ agent, number })));
  const [fails, completes, talks] = await collect(batch.results());
  expect(fails).toMatchObject({ type: 'Duvo.RunFailed', outcome: { reason: 'no amount' } });
  expect(fails?.lastMessage).toBe(`${lastMessage.slice(0, 300)}…`);
  expect(completes).toMatchObject({ status: 'completed', outcome: 'posted' });
  expect(talks).toEqual(expect.not.objectContaining({ outcome: expect.anything() as unknown }));
});

test('a start that is refused after its response was lost may have created a run, so its row may continue', async () => {
  stack.simulator.script('lost', { steps: [{ status: 'running' }] });
  stack.simulator.addFault({ operation: 'start', agentId: 'lost', effect: { reset: true } });
  stack.simulator.addFault({ operation: 'start', agentId: 'lost', effect: { status: 403 } });
  const [row] = await collectRows(await startRuns([{ agent: 'lost', number: 8 }], { attempts: 2 }));
  expect(row).toMatchObject({ type: 'Duvo.Forbidden', attempts: 1, mayContinue: true });
});

test('a start that is refused at once has created no run, so its row does not continue', async () => {
  stack.simulator.addFault({ operation: 'start', agentId: 'refused', effect: { status: 403 } });
  const [row] = await collectRows(await startRuns([{ agent: 'refused', number: 9 }]));
  expect(row).toMatchObject({ type: 'Duvo.Forbidden' });
  expect(row).not.toHaveProperty('mayContinue');
});

test('a terminated run may continue in Duvo, so it is in its row and is not started again', async () => {
  stack.simulator.script('works', { steps: [{ status: 'running' }] });
  const batch = await startRuns([{ agent: 'works', number: 7 }], { attempts: 3 });
  const item = stack.client.workflow.getHandle(`${batch.workflowId}/item/0`);
  await eventually(async () => {
    const found = await item.describe().catch(() => undefined);
    return found !== undefined && 'DuvoRunId' in found.searchAttributes;
  });
  await item.terminate();
  const [row] = await collectRows(batch);
  expect(row).toMatchObject({ status: 'failed', attempts: 1, runId: expect.any(String) as string, mayContinue: true });
  const starts = stack.simulator.ledger.filter(({ operation, body }) => {
    return operation === 'start' && (body as { agent_id?: string } | undefined)?.agent_id === 'works';
  });
  expect(starts).toHaveLength(1);
});
