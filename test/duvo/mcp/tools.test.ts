import { writeFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Duvo from '../../../duvo';
import type { ToolProgress } from '../../../duvo';
import { collect, errorOf, replyJson } from '../../support/duvo/http-test-server';
import {
  call,
  client,
  idOf,
  mcp,
  methodOf,
  methods,
  server,
  setUpTools,
  TEXT_SCHEMA,
  useClient,
  waitForMethod,
} from '../../support/duvo/tools-setup';

setUpTools();

const ID = '00000000-0000-4000-8000-000000000001';

describe.each([
  ['v1', '/v1/mcp'],
  ['v2', '/v2/mcp'],
] as const)('dialect %s', (dialect, path) => {
  beforeEach(() => useClient({ dialect, teamId: ID }));

  test('lists the tools and calls one, by method and by name', async () => {
    expect(await collect(client.tools.list())).toContainEqual({
      name: 'echo',
      title: 'Echo',
      description: 'Returns the text',
      inputSchema: TEXT_SCHEMA,
    });
    const result = { content: [{ type: 'text', text: 'hi' }], structuredContent: { said: 'hi' }, isError: false };
    expect(await call('echo', { text: 'hi' })).toEqual(result);
    const input = { name: 'echo', arguments: { text: 'hi' } };
    expect(await client.call('tools.call', input, { idempotencyKey: 'key-2' })).toEqual(result);
    expect(new Set(server.requests.map(({ url }) => url))).toEqual(new Set([path]));
  });
});

test('only the tool call carries the idempotency key, and every request carries the credentials and the user agent', async () => {
  useClient({ userAgent: 'my-worker/1' });
  await call('echo', { text: 'hi' });
  expect(methods()).toEqual(['initialize', 'notifications/initialized', 'tools/call']);
  expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([undefined, undefined, 'key-1']);
  for (const { headers } of server.requests) {
    expect(headers).toMatchObject({ authorization: 'Bearer dv_test', 'user-agent': 'my-worker/1' });
  }
});

test('a result with isError is returned, not thrown', async () => {
  expect(await call('broken')).toEqual({ content: [{ type: 'text', text: 'it broke' }], isError: true });
});

test('a response as an event stream reports progress', async () => {
  const reported: ToolProgress[] = [];
  const result = await call('steps', {}, { onProgress: (progress: ToolProgress) => reported.push(progress) });
  expect(result.content).toEqual([{ type: 'text', text: 'in steps' }]);
  expect(reported).toEqual([
    { progress: 1, total: 2 },
    { progress: 2, total: 2 },
  ]);
});

test('a list in pages is read to its end', async () => {
  const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });
  server.handler = mcp({
    'tools/list': (seen, ...rest) => {
      const { cursor } = (JSON.parse(seen.body) as { params: { cursor?: string } }).params;
      const page = cursor === undefined ? { tools: [tool('one')], nextCursor: 'more' } : { tools: [tool(cursor)] };
      replyJson(200, { jsonrpc: '2.0', id: idOf(seen.body), result: page })(seen, ...rest);
    },
  });
  expect((await collect(client.tools.list())).map(({ name }) => name)).toEqual(['one', 'more']);
});

test('a 401 in the middle of a session is repeated once with a fresh key', async () => {
  const apiKeyFile = join(await mkdtemp(join(tmpdir(), 'duvo-tools-')), 'key');
  await writeFile(apiKeyFile, 'dv_old');
  useClient({ apiKeyFile });
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

test('the MCP library is loaded by the first use of a tool, not before', async () => {
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

describe('a long call', () => {
  test.each(['endless', 'endless-events'])(
    '%s: an abort closes the socket and sends a cancellation to the server',
    async (name) => {
      const abort = new AbortController();
      const failed = errorOf(call(name, {}, { signal: abort.signal }));
      await waitForMethod('tools/call');
      const closed = server.waitForNext('close');
      abort.abort();
      expect(await failed).toMatchObject({ kind: 'aborted', operation: 'tools.call', reached: 'maybe' });
      await closed;
      expect(methods()).toContain('notifications/cancelled');
    },
  );
  test('an abort before anything is sent sends nothing', async () => {
    const error = await errorOf(call('endless', {}, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ kind: 'aborted', reached: 'no' });
    expect(server.requests).toHaveLength(0);
  });
  test.each(['endless', 'endless-events'])('%s: a tool may be silent until the timeout of the caller', async (name) => {
    // The handshake must be quicker than these timeouts, also on a busy machine.
    useClient({ timeouts: { headersMs: 1_500, bodyMs: 1_500 } });
    const error = await errorOf(call(name, {}, { timeoutMs: 3_000 }));
    expect(error).toMatchObject({ kind: 'timeout', reached: 'maybe' });
    expect(error.message).toContain('3000 ms');
  });
  test('a handshake without a response times out like any other call', async () => {
    useClient({ timeouts: { headersMs: 50 } });
    server.handler = mcp({ initialize: () => undefined });
    expect(await errorOf(call('echo'))).toMatchObject({ kind: 'timeout', reached: 'maybe' });
  });
});

test('the session of a server with sessions is used and ended', async () => {
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
