import type { ServerResponse } from 'node:http';
import { McpService } from '../../testing/simulator/mcp/mcp-service';
import { createOperationTools, type ServiceRequest } from '../../testing/simulator/mcp/operation-tools';
import { TestServer } from '../support/duvo/http-test-server';

let server: TestServer;
let service: McpService;
let requests: ServiceRequest[];

beforeEach(async () => {
  server = await TestServer.start();
  requests = [];
  service = new McpService(
    createOperationTools('t-1', (request) => {
      requests.push(request);
      const found = !request.path.endsWith('nobody');
      return found ? { status: 200, body: { run: { id: 'r-1' } } } : { status: 404, body: { error: 'not_found' } };
    }),
  );
  server.handler = (seen, response: ServerResponse, raw) =>
    void service.handle(raw, response, seen.body === '' ? undefined : JSON.parse(seen.body));
});
afterEach(() => server.stop());

interface RpcAnswer {
  result?: { content?: unknown; structuredContent?: unknown; isError?: boolean; tools?: { name: string }[] };
  error?: { code: number; message: string };
}

const post = (method: string, params: object, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v2/mcp`, {
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
const rpc = async (...args: Parameters<typeof post>) => (await (await post(...args)).json()) as RpcAnswer;
const call = (name: string, given: object, key = 'k-1') =>
  rpc('tools/call', { name, arguments: given }, { 'idempotency-key': key });

test('each operation is a tool named by its operationId', async () => {
  const { result } = await rpc('tools/list', {});
  const names = ['startRun', 'getRun', 'listRuns', 'listAgents', 'createCases', 'getCase'];
  expect(result?.tools?.map(({ name }) => name)).toEqual(names);
});

test('a tool call makes the API request of its operation', async () => {
  expect((await call('getRun', { run_id: 'r/1' })).result).toMatchObject({
    structuredContent: { run: { id: 'r-1' } },
    content: [{ type: 'text', text: '{"run":{"id":"r-1"}}' }],
  });
  await call('startRun', { agent_id: 'a-1', message: 'Read it' }, 'k-2');
  await call('listRuns', { limit: 5, status: 'running' }, 'k-3');
  await call('createCases', { queue_id: 'q-1', cases: [{ title: 'one' }] }, 'k-4');
  expect(requests).toEqual([
    { method: 'GET', path: '/v2/runs/r%2F1', query: {} },
    {
      method: 'POST',
      path: '/v2/teams/t-1/runs',
      query: {},
      body: { agent_id: 'a-1', message: 'Read it' },
      idempotencyKey: 'k-2',
    },
    { method: 'GET', path: '/v2/teams/t-1/runs', query: { limit: '5', status: 'running' } },
    {
      method: 'POST',
      path: '/v2/queues/q-1/cases',
      query: {},
      body: { cases: [{ title: 'one' }] },
      idempotencyKey: 'k-4',
    },
  ]);
});

test('a refused request is a result with isError; invalid arguments and an unknown tool are protocol errors', async () => {
  expect((await call('getRun', { run_id: 'nobody' })).result).toMatchObject({
    isError: true,
    structuredContent: { error: 'not_found' },
  });
  expect((await call('getRun', {})).error).toMatchObject({ code: -32602 });
  expect((await call('getRun', { run_id: 'r-1', more: 1 })).error).toMatchObject({ code: -32602 });
  expect((await call('fly', {})).error).toMatchObject({ code: -32602 });
  expect(requests).toHaveLength(1);
});

test('a scripted tool responds with JSON or with an event stream', async () => {
  service.setTool('plain', { result: 'as JSON' });
  service.setTool('stream', { result: { as: 'events' }, progress: 1 });
  expect((await call('plain', {})).result).toEqual({ content: [{ type: 'text', text: 'as JSON' }] });
  const streamed = await post('tools/call', { name: 'stream', _meta: { progressToken: 7 } });
  expect(streamed.headers.get('content-type')).toContain('text/event-stream');
  const events = [...(await streamed.text()).matchAll(/^data: (.*)$/gm)].map(
    ([, data = '']) => JSON.parse(data) as object,
  );
  expect(events).toEqual([
    expect.objectContaining({ params: { progressToken: 7, progress: 1, total: 1 } }),
    expect.objectContaining({ result: expect.objectContaining({ structuredContent: { as: 'events' } }) as object }),
  ]);
});

test('a repeated idempotency key returns the result of the first call; with other arguments it is an error', async () => {
  await call('startRun', { agent_id: 'a-1' });
  await call('startRun', { agent_id: 'a-1' });
  expect(requests).toHaveLength(1);
  expect((await call('startRun', { agent_id: 'a-2' })).error).toMatchObject({ code: -32602 });
  expect(requests).toHaveLength(1);
});

test.each(['GET', 'DELETE'])('%s is refused, because the server has no sessions', async (method) => {
  expect((await fetch(`${server.url}/v2/mcp`, { method })).status).toBe(405);
});
