import { randomUUID } from 'node:crypto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createDuvoActivities } from '../../../activities';
import { createClient, replyJson, type ReceivedRequest, TestServer } from '../../support/duvo/http-test-server';
import { type Stack, startStack, workflowBundle } from '../../support/stack';

interface SentCase {
  title: string;
  data?: string;
}

let stack: Stack;
let server: TestServer;
let stop: () => Promise<void>;

beforeAll(async () => {
  stack = await startStack({ workers: false });
  server = await TestServer.start();
  const connection = await NativeConnection.connect({ address: stack.address });
  const duvo = createClient(server);
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: stack.taskQueue, workflowBundle: workflowBundle() }),
    Worker.create({ connection, taskQueue: stack.apiTaskQueue, activities: createDuvoActivities({ client: duvo }) }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  stop = async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await duvo.close();
    await connection.close();
  };
});
beforeEach(() => void server.requests.splice(0));
afterAll(async () => {
  await stop();
  await server.stop();
  await stack.stop();
});

const execute = (type: string, ...args: unknown[]) =>
  stack.client.workflow.execute(type, { taskQueue: stack.taskQueue, workflowId: randomUUID(), args });
/** Returns the calls without their retries: a retry has the same key as the first attempt. */
const calls = () => [...new Map(server.requests.map((request) => [keyOf(request), request])).values()];
const keyOf = ({ headers }: ReceivedRequest) => headers['idempotency-key'];
const casesOf = ({ body }: ReceivedRequest) => (JSON.parse(body) as { cases: SentCase[] }).cases;

test('many cases are created in calls of at most 100 and are returned in the order of the input', async () => {
  server.handler = (request, ...rest) => {
    const added = casesOf(request).map(({ title }) => ({ id: title, title, status: 'pending', labels: [] }));
    replyJson(201, { added_cases: added })(request, ...rest);
  };
  const cases = Array.from({ length: 250 }, (_, index) => ({ title: `case ${index}` }));
  expect(await execute('fillsQueue', stack.apiTaskQueue, 'q-1', cases)).toEqual(cases.map(({ title }) => title));
  expect(calls().map((request) => casesOf(request).length)).toEqual([100, 100, 50]);
});

test('large cases are created in calls below the limit of a request in bytes', async () => {
  server.handler = (request, ...rest) => {
    const added = casesOf(request).map(({ title }) => ({ id: title, title, status: 'pending', labels: [] }));
    replyJson(201, { added_cases: added })(request, ...rest);
  };
  const cases = Array.from({ length: 4 }, (_, index) => ({ title: `case ${index}`, data: 'ü'.repeat(200_000) }));
  expect(await execute('fillsQueue', stack.apiTaskQueue, 'q-1', cases)).toHaveLength(4);
  expect(calls().map((request) => casesOf(request).length)).toEqual([2, 2]);
});

test('a retried call keeps its key, the next call has another key, and a read has none', async () => {
  let failed = false;
  server.handler = (request, ...rest) => {
    if (request.method === 'GET') return replyJson(200, { data: [], total: 0 })(request, ...rest);
    const answer = failed ? replyJson(201, { sandbox_id: 's-1' }) : replyJson(503, {});
    failed = true;
    return answer(request, ...rest);
  };
  expect(await execute('usesResources', stack.apiTaskQueue)).toEqual({ sandboxId: 's-1', runs: 0 });
  const [first, second] = server.requests.map(keyOf);
  expect(first).toBe(second);
  expect(calls().map((request) => typeof keyOf(request))).toEqual(['string', 'string', 'undefined']);
});

/** Answers the few JSON-RPC methods of a hosted MCP server that a tool call uses. */
function answerRpc(call: (given: unknown, key: unknown) => object | undefined): typeof server.handler {
  return (request, ...rest) => {
    if (request.method !== 'POST') return replyJson(405, {})(request, ...rest);
    const { id, method, params } = JSON.parse(request.body) as Rpc;
    if (id === undefined) return replyJson(202, {})(request, ...rest);
    const hello = {
      protocolVersion: params?.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'tools', version: '1' },
    };
    const result = method === 'tools/call' ? call(params?.arguments, keyOf(request)) : hello;
    return replyJson(result ? 200 : 503, { jsonrpc: '2.0', id, result })(request, ...rest);
  };
}
interface Rpc {
  id?: number;
  method: string;
  params?: { protocolVersion?: string; arguments?: unknown };
}

test('all attempts of a tool call have one key, and the next call has another one', async () => {
  const made: { given: unknown; key: unknown }[] = [];
  server.handler = answerRpc((given, key) => {
    made.push({ given, key });
    return made.length === 1 ? undefined : { content: [], structuredContent: { posted: true } };
  });
  expect(await execute('callsTool', stack.apiTaskQueue, 'post')).toEqual({ posted: true });
  const [first, again] = made;
  expect(first).toEqual({ given: { number: '4711' }, key: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  expect(again).toEqual(first);
  expect(new Set(made.map(({ key }) => key)).size).toBe(2);
});
