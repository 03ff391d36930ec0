import { Client } from '@temporalio/client';
import { DuvoWorkflows } from '../../client';
import { type Stack, startStack } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/** Returns a client whose every query fails once, as it does when a worker or the server is overloaded. */
function clientWithFailingQueries(code: number): { client: Client; failed: string[] } {
  const failed: string[] = [];
  const { connection } = stack.client;
  const client = new Client({
    connection,
    interceptors: {
      workflow: [
        {
          query: (input, next) => {
            const query = `${input.workflowExecution.workflowId} ${input.queryType}`;
            if (failed.includes(query)) return next(input);
            failed.push(query);
            return Promise.reject(Object.assign(new Error('Failed to query Workflow'), { cause: { code } }));
          },
        },
      ],
    },
  });
  return { client, failed };
}

test.each([
  ['the deadline is exceeded', 4],
  ['the server is overloaded', 8],
  ['the server is unavailable', 14],
])('a query that fails because %s is retried', async (_what, code) => {
  const { client, failed } = clientWithFailingQueries(code);
  const batches = new DuvoWorkflows(client, { taskQueue: stack.taskQueue, apiTaskQueue: stack.apiTaskQueue }).batches;
  const batch = await batches.start([{ n: 0 }, { n: 1, fails: true }], {
    template: { workflow: { type: 'testItem' } },
  });
  await batch.result();
  expect(await batch.progress()).toMatchObject({ completed: 1, failed: 1 });
  const rows: string[] = [];
  for await (const { status } of batch.results()) rows.push(status);
  expect(rows).toEqual(['completed', 'failed']);
  const again = await batches.redrive(batch.workflowId);
  expect(await again.result()).toMatchObject({ items: 1, failed: 1 });
  expect(failed.map((query) => query.split(' ')[1]).sort()).toEqual(['batchInput', 'batchState', 'items', 'rows']);
});

test('a query that is refused is not retried', async () => {
  const { client } = clientWithFailingQueries(3);
  const batches = new DuvoWorkflows(client, { taskQueue: stack.taskQueue, apiTaskQueue: stack.apiTaskQueue }).batches;
  const batch = await batches.start([{ n: 0 }], { template: { workflow: { type: 'testItem' } } });
  await expect(batch.progress()).rejects.toThrow('Failed to query Workflow');
  await batch.result();
});
