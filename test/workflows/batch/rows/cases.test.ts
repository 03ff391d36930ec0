import { DuvoWorkflows } from '../../../../client';
import { DuvoClient } from '../../../../duvo';
import { eventually, type Stack, startStack } from '../../../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ dialect: 'v2' });
});
afterAll(() => stack.stop());

test('each item creates one case, and ends when the case is completed or failed', async () => {
  const { client, simulator, taskQueue, apiTaskQueue } = stack;
  simulator.script('good', { steps: [{ end: 'completed' }] });
  simulator.script('bad', { steps: [{ end: 'failed' }] });
  const [good, bad] = ['good', 'bad'].map((agentId) => simulator.addQueue({ agentId }));
  simulator.addFault({ operation: 'create-cases', effect: { dropResponse: true } });
  const batch = await new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).batches.start(
    [
      { number: 'a', queue: good },
      { number: 'b', queue: bad },
      { number: 'c', queue: good },
    ],
    {
      template: {
        case: {
          queueId: '{{queue}}',
          title: 'Invoice {{number}}',
          data: '{{item}}',
          priority: 'high',
          labels: ['{{number}}', { key: 'kind', value: 'i-{{number}}' }],
        },
      },
      concurrency: 1,
      keyField: 'number',
    },
  );
  expect(await batch.result()).toMatchObject({ items: 3, completed: 2, failed: 1 });
  const rows: unknown[] = [];
  for await (const row of batch.results({ withOutput: true })) rows.push(row);
  const caseId = expect.any(String) as string;
  const item = (number: string) => ({ caseId, workflowId: `${batch.workflowId}/item/${number}`, attempts: 1 });
  expect(rows).toEqual([
    { index: 0, key: 'a', status: 'completed', ...item('a') },
    {
      ...{ index: 1, key: 'b', status: 'failed', ...item('b') },
      ...{ type: 'Duvo.CaseFailed', message: 'Duvo reports that the case failed' },
    },
    { index: 2, key: 'c', status: 'completed', ...item('c') },
  ]);
  const duvo = new DuvoClient({
    apiKey: simulator.apiKey,
    baseUrl: simulator.url,
    dialect: 'v2',
    teamId: simulator.teamId,
  });
  const found = await Promise.all(rows.map((row) => duvo.cases.get((row as { caseId: string }).caseId)));
  expect(found.map((one) => one.case.title)).toEqual(['Invoice a', 'Invoice b', 'Invoice c']);
  expect(found[0]?.case.labels).toMatchObject([{ value: 'a' }, { key: 'kind', value: 'i-a' }]);
  await duvo.close();
  const created = simulator.ledger.filter(({ operation, committed }) => operation === 'create-cases' && committed);
  expect(created).toHaveLength(3);
});

test('a case whose batch is cancelled during a poll is canceled, not failed', async () => {
  const { client, simulator, taskQueue, apiTaskQueue } = stack;
  simulator.script('open', { steps: [{ status: 'running' }] });
  const queueId = simulator.addQueue({ agentId: 'open' });
  // The worker receives the cancellation with a heartbeat, a second later. By then the poll has ended.
  const slow = simulator.addFault({ operation: 'get-case', times: Infinity, effect: { delayMs: 400 } });
  const batch = await new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).batches.start([{ number: 'd' }], {
    template: { case: { queueId, title: 'Invoice {{number}}' } },
  });
  await eventually(() => slow.hits > 0);
  expect(await batch.cancel()).toMatchObject({ canceled: 1, failed: 0, cancel: { unconfirmed: 1 } });
  const rows = [];
  for await (const row of batch.rows()) rows.push(row);
  expect(rows).toMatchObject([{ status: 'canceled', cancel: 'unconfirmed', caseId: expect.any(String) as string }]);
});
