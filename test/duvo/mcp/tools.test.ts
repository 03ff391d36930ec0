import { writeFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type * as Duvo from '../../../duvo';
import type { DuvoClient, DuvoErrorKind, ToolProgress } from '../../../duvo';
import { McpService } from '../../../testing/simulator/mcp/service';
import { createScriptedTool, type SimulatedTool } from '../../../testing/simulator/mcp/tools';
import {
  createClient,
  errorOf,
  type RequestHandler,
  replyJson,
  replyText,
  TestServer,
  collect,
} from '../../support/duvo/http-test-server';

const SECRET = 'a private argument';
const ID = '00000000-0000-4000-8000-000000000001';
const TEXT_SCHEMA = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };

let server: TestServer;
let client: DuvoClient;
let tools: SimulatedTool[];
let ran: number;

beforeEach(async () => {
  server = await TestServer.start();
  client = createClient(server);
  ran = 0;
  tools = [
    {
      name: 'echo',
      title: 'Echo',
      description: 'Says it again',
      inputSchema: TEXT_SCHEMA,
      run: ({ text: said }) => {
        ran += 1;
        return { content: [{ type: 'text', text: String(said) }], structuredContent: { said } };
      },
    },
    createScriptedTool('steps', { progress: 2, result: 'in steps' }),
    createScriptedTool('broken', { isError: true, result: 'it broke' }),
    createScriptedTool('endless', { delayMs: 3_600_000 }),
    createScriptedTool('endless-events', { delayMs: 3_600_000, answer: 'events' }),
  ];
  server.handler = mcp();
});
afterEach(async () => {
  await client.close();
  await server.stop();
});

/** The hosted MCP server, with an answer of its own for some messages. */
function mcp(instead: Record<string, RequestHandler> = {}): RequestHandler {
  const service = new McpService(tools);
  return (seen, response, raw) => {
    const body: unknown = seen.body === '' ? undefined : JSON.parse(seen.body);
    const other = instead[methodOf(seen.body)];
    if (other) other(seen, response, raw);
    else if (seen.headers.authorization !== 'Bearer dv_test')
      replyJson(401, { code: 'unauthorized' })(seen, response, raw);
    else void service.handle(raw, response, body);
  };
}

const methodOf = (body: string) => (body === '' ? '' : String((JSON.parse(body) as { method?: unknown }).method));
const methods = () => server.requests.map(({ body }) => methodOf(body));
const idOf = (body: string) => (JSON.parse(body) as { id: unknown }).id;
const call = (name: string, given?: Record<string, unknown>, options = {}) =>
  client.tools.call({ name, arguments: given }, { idempotencyKey: 'key-1', ...options });

/** When the next request of this method has arrived. */
async function arrived(method: string): Promise<void> {
  while (!methods().includes(method)) await server.waitForNext('request');
}

describe.each([
  ['v1', '/v1/mcp'],
  ['v2', '/v2/mcp'],
] as const)('dialect %s', (dialect, path) => {
  beforeEach(() => (client = createClient(server, { dialect, teamId: ID })));

  test('lists the tools and calls one, by method and by name', async () => {
    expect(await collect(client.tools.list())).toContainEqual({
      name: 'echo',
      title: 'Echo',
      description: 'Says it again',
      inputSchema: TEXT_SCHEMA,
    });
    const result = { content: [{ type: 'text', text: 'hi' }], structuredContent: { said: 'hi' }, isError: false };
    expect(await call('echo', { text: 'hi' })).toEqual(result);
    const input = { name: 'echo', arguments: { text: 'hi' } };
    expect(await client.call('tools.call', input, { idempotencyKey: 'key-2' })).toEqual(result);
    expect(new Set(server.requests.map(({ url }) => url))).toEqual(new Set([path]));
  });
});

test('only the call itself carries the idempotency key; every request the credentials and the user agent', async () => {
  client = createClient(server, { userAgent: 'my-worker/1' });
  await call('echo', { text: 'hi' });
  expect(methods()).toEqual(['initialize', 'notifications/initialized', 'tools/call']);
  expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, undefined, 'key-1']);
  for (const { headers } of server.requests) {
    expect(headers).toMatchObject({ authorization: 'Bearer dv_test', 'user-agent': 'my-worker/1' });
  }
});

test('a result with isError is a result', async () => {
  expect(await call('broken')).toEqual({ content: [{ type: 'text', text: 'it broke' }], isError: true });
});

test('an answer as a stream of events tells how far the tool is', async () => {
  const told: ToolProgress[] = [];
  const result = await call('steps', {}, { onProgress: (progress: ToolProgress) => told.push(progress) });
  expect(result.content).toEqual([{ type: 'text', text: 'in steps' }]);
  expect(told).toEqual([
    { progress: 1, total: 2 },
    { progress: 2, total: 2 },
  ]);
});

test('a list in pages is read to its end', async () => {
  server.handler = mcp({
    'tools/list': (seen, ...rest) => {
      const { cursor } = (JSON.parse(seen.body) as { params: { cursor?: string } }).params;
      const page = cursor === undefined ? { tools: [tool('one')], nextCursor: 'more' } : { tools: [tool(cursor)] };
      replyJson(200, { jsonrpc: '2.0', id: idOf(seen.body), result: page })(seen, ...rest);
    },
  });
  expect((await collect(client.tools.list())).map(({ name }) => name)).toEqual(['one', 'more']);
});
const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });

describe('errors of JSON-RPC', () => {
  const rpcError = (code: number) => ({
    'tools/call': ((seen, ...rest) =>
      replyJson(200, { jsonrpc: '2.0', id: idOf(seen.body), error: { code, message: `echo: ${SECRET}` } })(
        seen,
        ...rest,
      )) as RequestHandler,
  });
  test.each([
    [-32602, 'invalid-request'],
    [-32601, 'not-found'],
    [-32603, 'refused'],
    [-32000, 'refused'],
  ] as [number, DuvoErrorKind][])('%i is %s', async (code, kind) => {
    server.handler = mcp(rpcError(code));
    const error = await errorOf(call('echo', { text: SECRET }));
    expect(error).toMatchObject({ kind, code: String(code), operation: 'tools.call', path: '/v1/mcp' });
    expect(inspect(error, { depth: 10 }) + error.stack).not.toContain(SECRET);
  });
  test('arguments that do not fit are invalid, and not shown', async () => {
    const error = await errorOf(call('echo', { text: { [SECRET]: SECRET } }));
    expect(error).toMatchObject({ kind: 'invalid-request', field: 'arguments' });
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  });
  test('a tool that is not there is not found', async () => {
    expect(await errorOf(call('nothing'))).toMatchObject({ kind: 'not-found', reached: 'yes' });
  });
});

describe('errors of HTTP are those of every other call', () => {
  test.each([
    [403, 'forbidden'],
    [404, 'not-found'],
    [413, 'too-large'],
    [422, 'invalid-request'],
    [429, 'rate-limited'],
    [503, 'server'],
    [307, 'refused'],
  ] as [number, DuvoErrorKind][])('%i is %s', async (status, kind) => {
    const body = { code: 'some_code', message: SECRET, request_id: 'req-1' };
    server.handler = mcp({ 'tools/call': replyJson(status, body, { 'retry-after': '7', location: '/elsewhere' }) });
    const error = await errorOf(call('echo', { text: SECRET }));
    expect(error).toMatchObject({ kind, status, code: 'some_code', requestId: 'req-1', retryAfterMs: 7_000 });
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  });
  test('a 403 names the scope', async () => {
    server.handler = mcp({ initialize: replyJson(403, {}) });
    expect((await errorOf(collect(client.tools.list()))).message).toContain('scope mcp:call');
  });
  test('a 401 is final for a fixed key', async () => {
    client = createClient(server, { apiKey: 'dv_other' });
    expect(await errorOf(collect(client.tools.list()))).toMatchObject({
      kind: 'unauthorized',
      operation: 'tools.list',
    });
    expect(server.requests).toHaveLength(1);
  });
});

test('a 401 is worth one refresh of the key, in the middle of a session too', async () => {
  const apiKeyFile = join(await mkdtemp(join(tmpdir(), 'duvo-tools-')), 'key');
  await writeFile(apiKeyFile, 'dv_old');
  client = createClient(server, { apiKeyFile });
  const service = mcp();
  server.handler = (seen, response, raw) => {
    const isCall = methodOf(seen.body) === 'tools/call';
    if (!isCall) seen.headers.authorization = 'Bearer dv_test';
    else if (seen.headers.authorization === 'Bearer dv_old') writeFileSync(apiKeyFile, 'dv_test');
    service(seen, response, raw);
  };
  expect((await call('echo', { text: 'hi' })).isError).toBe(false);
  expect(methods()).toEqual(['initialize', 'notifications/initialized', 'tools/call', 'tools/call']);
  expect(server.requests.map(({ headers }) => headers['idempotency-key']).slice(2)).toEqual(['key-1', 'key-1']);
});

test('the protocol is loaded by the first use of a tool, not before', async () => {
  await jest.isolateModulesAsync(async () => {
    let loaded = false;
    jest.doMock('@modelcontextprotocol/client', () => {
      loaded = true;
      return jest.requireActual<object>('@modelcontextprotocol/client');
    });
    const { DuvoClient: Fresh } = jest.requireActual<typeof Duvo>('../../../duvo');
    const fresh = new Fresh({ apiKey: 'dv_test', baseUrl: server.url });
    expect(loaded).toBe(false);
    await collect(fresh.tools.list());
    expect(loaded).toBe(true);
    await fresh.close();
  });
});

describe('answers that cannot be read', () => {
  const answered = (result: unknown): RequestHandler => {
    return (seen, ...rest) => replyJson(200, { jsonrpc: '2.0', id: idOf(seen.body), result })(seen, ...rest);
  };
  test.each([
    ['HTML', replyText(200, '<html>', { 'content-type': 'text/html' }), 'body'],
    ['no JSON', replyText(200, '{', { 'content-type': 'application/json' }), 'body'],
    ['no JSON-RPC', replyJson(200, { ok: true }), 'body'],
    ['an answer to something else', replyJson(200, { jsonrpc: '2.0', id: 4711, result: {} }), 'body'],
    ['202, which is no answer', replyText(202, ''), 'body'],
    ['garbled events', replyText(200, 'data: {\n\n', { 'content-type': 'text/event-stream' }), 'body'],
    ['content that is none', answered({ content: [{ text: SECRET }] }), 'content[0].type'],
    ['a wrong isError', answered({ content: [], isError: SECRET }), 'isError'],
  ])('%s', async (_what, handler, field) => {
    server.handler = mcp({ 'tools/call': handler });
    const error = await errorOf(call('echo', { text: SECRET }));
    expect(error).toMatchObject({ kind: 'contract-violation', field, operation: 'tools.call', reached: 'maybe' });
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  });
  test('content of a kind that nobody knows is carried through', async () => {
    server.handler = mcp({ 'tools/call': answered({ content: [{ type: 'hologram', beams: 3 }] }) });
    expect(await call('echo')).toEqual({ content: [{ type: 'hologram', beams: 3 }], isError: false });
  });
});

describe('a connection that breaks', () => {
  test.each([
    ['before the answer', (_seen, response) => response.destroy()],
    [
      'in a stream of events',
      (_seen, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(': here it comes\n\n', () => response.destroy());
      },
    ],
    ['by a stream that ends without an answer', replyText(200, ': bye\n\n', { 'content-type': 'text/event-stream' })],
    [
      'in half a body',
      (_seen, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"jsonrpc"', () => response.destroy());
      },
    ],
  ])('%s, the call may have arrived', async (_what, handler) => {
    server.handler = mcp({ 'tools/call': handler });
    expect(await errorOf(call('echo', { text: 'hi' }))).toMatchObject({ kind: 'connection', reached: 'maybe' });
  });

  test('a lost response: the same key gets the result of the first call', async () => {
    const service = mcp();
    let lost = false;
    server.handler = (seen, response, raw) => {
      if (methodOf(seen.body) === 'tools/call' && !lost) {
        lost = true;
        // The tool runs; its answer does not arrive.
        response.write = () => (response.destroy(), false);
      }
      service(seen, response, raw);
    };
    expect(await errorOf(call('echo', { text: 'hi' }))).toMatchObject({ kind: 'connection', reached: 'maybe' });
    expect((await call('echo', { text: 'hi' })).structuredContent).toEqual({ said: 'hi' });
    expect(ran).toBe(1);
  });
});

describe('a long call', () => {
  test.each(['endless', 'endless-events'])('%s: an abort closes its socket and is told to the server', async (name) => {
    const abort = new AbortController();
    const failed = errorOf(call(name, {}, { signal: abort.signal }));
    await arrived('tools/call');
    const closed = server.waitForNext('close');
    abort.abort();
    expect(await failed).toMatchObject({ kind: 'aborted', operation: 'tools.call', reached: 'maybe' });
    await closed;
    expect(methods()).toContain('notifications/cancelled');
  });
  test('an abort before anything is sent sends nothing', async () => {
    const error = await errorOf(call('endless', {}, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ kind: 'aborted', reached: 'no' });
    expect(server.requests).toHaveLength(0);
  });
  test.each(['endless', 'endless-events'])('%s: may be silent as long as the caller allows', async (name) => {
    // The handshake before it has to be quicker than these, also on a busy machine.
    client = createClient(server, { timeouts: { headersMs: 1_500, bodyMs: 1_500 } });
    const error = await errorOf(call(name, {}, { timeoutMs: 3_000 }));
    expect(error).toMatchObject({ kind: 'timeout', reached: 'maybe' });
    expect(error.message).toContain('3000 ms');
  });
  test('a handshake that is silent times out as any other call', async () => {
    client = createClient(server, { timeouts: { headersMs: 50 } });
    server.handler = mcp({ initialize: () => undefined });
    expect(await errorOf(call('echo'))).toMatchObject({ kind: 'timeout', reached: 'maybe' });
  });
});

test('a server with sessions: the session is used, and ended', async () => {
  const service = mcp();
  server.handler = (seen, response, raw) => {
    if (methodOf(seen.body) === 'initialize') response.setHeader('mcp-session-id', 's-1');
    if (raw.method === 'DELETE') return void response.writeHead(204).end();
    service(seen, response, raw);
  };
  await call('echo', { text: 'hi' });
  const sessions = server.requests.map(({ method, headers }) => [method, headers['mcp-session-id']]);
  expect(sessions).toEqual([
    ['POST', undefined],
    ['POST', 's-1'],
    ['POST', 's-1'],
    ['DELETE', 's-1'],
  ]);
});

test('arguments are checked before anything is sent', async () => {
  const wrong = (input: unknown, options: unknown = { idempotencyKey: 'k' }) =>
    errorOf(() => client.tools.call(input as never, options as never));
  expect(await wrong({ name: '' })).toMatchObject({ kind: 'invalid-input', field: 'name' });
  expect(await wrong({ name: 'echo', arguments: [1] })).toMatchObject({ kind: 'invalid-input', field: 'arguments' });
  expect(await wrong({ name: 'echo' }, {})).toMatchObject({ kind: 'invalid-input', field: 'idempotencyKey' });
  expect(await wrong({ name: 'echo' }, { idempotencyKey: 'k', timeoutMs: 0 })).toMatchObject({ field: 'timeoutMs' });
  const large = { name: 'echo', arguments: { text: 'x'.repeat(2_000_000) } };
  expect(await wrong(large)).toMatchObject({ kind: 'too-large', field: 'arguments', reached: 'no' });
  expect(server.requests).toHaveLength(0);
});
