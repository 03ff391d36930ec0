import { DuvoBatches } from '../../client';
import { type Stack, startStack } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ dialect: 'v2' });
});
afterAll(() => stack.stop());

test('a case for each item, followed until it is completed or failed; created once', async () => {
  const { client, simulator, taskQueue, apiTaskQueue } = stack;
  simulator.script('good', { steps: [{ end: 'completed' }] });
  simulator.script('bad', { steps: [{ end: 'failed' }] });
  const [good, bad] = ['good', 'bad'].map((agentId) => simulator.addQueue({ agentId }));
  simulator.fail({ on: 'create-cases', how: { loseResponse: true } });
  const batch = await new DuvoBatches(client, { taskQueue, apiTaskQueue }).start(
    [
      { number: 'a', queue: good },
      { number: 'b', queue: bad },
      { number: 'c', queue: good },
    ],
    {
      template: { case: { queueId: '{{queue}}', title: 'Invoice {{number}}', data: '{{item}}', priority: 'high' } },
      width: 1,
      keyField: 'number',
    },
  );
  expect(await batch.result()).toMatchObject({ items: 3, completed: 2, failed: 1 });
  const rows: unknown[] = [];
  for await (const row of batch.results({ withOutput: true })) rows.push(row);
  expect(rows).toEqual([
    { index: 0, key: 'a', status: 'completed', attempts: 1 },
    { index: 1, key: 'b', status: 'failed', type: 'Duvo.CaseFailed', attempts: 1 },
    { index: 2, key: 'c', status: 'completed', attempts: 1 },
  ]);
  const created = simulator.ledger.filter(({ operation, committed }) => operation === 'create-cases' && committed);
  expect(created).toHaveLength(3);
});
