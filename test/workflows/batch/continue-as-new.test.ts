import { DuvoWorkflows } from '../../../client';
import { type DevServer, startDevServer } from '../../../workers';
import { releaseItem, collectRows } from '../../support/batches';
import { eventually, type Stack, startStack } from '../../support/stack';

let server: DevServer;
let stack: Stack;
beforeAll(async () => {
  // This server suggests continue-as-new after few events.
  server = await startDevServer({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 60 } });
  stack = await startStack({ address: server.address });
});
afterAll(async () => {
  await stack.stop();
  await server.stop();
});

/** This text makes an item so large that a page has about thirty items. */
const text = 'x'.repeat(4_000);

test('a batch that continues as new runs each item once, in order, and carries its concurrency and the pages to come', async () => {
  const { client, taskQueue, apiTaskQueue } = stack;
  const batches = new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).batches;
  const items = Array.from({ length: 300 }, (_one, n) => ({ n, text, fails: n === 123, waits: n === 299 }));
  const batch = await batches.start(items, { template: { workflow: { type: 'testItem' } }, concurrency: 5 });
  expect(await batch.setConcurrency(30)).toBe(5);
  await releaseItem(stack, batch, 299, 120_000);
  expect(await batch.result()).toMatchObject({ items: 300, completed: 299, failed: 1, notStarted: 0 });
  const rows = await collectRows(batch);
  expect(rows.map(({ index }) => index)).toEqual(items.map(({ n }) => n));
  expect(rows[123]?.status).toBe('failed');
  const runs = await eventually(async () => {
    const found = [];
    for await (const run of client.workflow.list({ query: `WorkflowId = '${batch.workflowId}'` })) found.push(run);
    return found.some(({ status }) => status.name === 'COMPLETED') && found;
  });
  expect(runs.filter(({ status }) => status.name === 'CONTINUED_AS_NEW').length).toBeGreaterThan(0);
  expect((await batch.progress()).concurrency).toBe(30);
  const ran = `WorkflowType = 'testItem' AND DuvoBatchId = '${batch.workflowId}'`;
  await eventually(async () => (await client.workflow.count(ran)).count === 300);
}, 180_000);
