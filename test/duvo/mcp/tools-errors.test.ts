import { inspect } from 'node:util';
import type { DuvoErrorKind } from '../../../duvo';
import { collect, errorOf, replyJson, replyText, type RequestHandler } from '../../support/duvo/http-test-server';
import {
  call,
  client,
  echoRuns,
  idOf,
  mcp,
  methodOf,
  server,
  setUpTools,
  useClient,
} from '../../support/duvo/tools-setup';

setUpTools();

const SECRET = 'a private argument';

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
  test('arguments that do not match the schema are invalid, and are not shown', async () => {
    const error = await errorOf(call('echo', { text: { [SECRET]: SECRET } }));
    expect(error).toMatchObject({ kind: 'invalid-request', field: 'arguments' });
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  });
  test('an unknown tool is not found', async () => {
    expect(await errorOf(call('nothing'))).toMatchObject({ kind: 'not-found', reached: 'yes' });
  });
});

describe('HTTP errors', () => {
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
  test('the error of a 403 names the scope', async () => {
    server.handler = mcp({ initialize: replyJson(403, {}) });
    expect((await errorOf(collect(client.tools.list()))).message).toContain('scope mcp:call');
  });
  test('a 401 is final for a fixed key', async () => {
    useClient({ apiKey: 'dv_other' });
    expect(await errorOf(collect(client.tools.list()))).toMatchObject({
      kind: 'unauthorized',
      operation: 'tools.list',
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a response that cannot be read', () => {
  const answered = (result: unknown): RequestHandler => {
    return (seen, ...rest) => replyJson(200, { jsonrpc: '2.0', id: idOf(seen.body), result })(seen, ...rest);
  };
  test.each([
    ['HTML', replyText(200, '<html>', { 'content-type': 'text/html' }), 'body'],
    ['malformed JSON', replyText(200, '{', { 'content-type': 'application/json' }), 'body'],
    ['JSON that is not JSON-RPC', replyJson(200, { ok: true }), 'body'],
    ['a response to another request', replyJson(200, { jsonrpc: '2.0', id: 4711, result: {} }), 'body'],
    ['a 202 without a result', replyText(202, ''), 'body'],
    ['garbled events', replyText(200, 'data: {\n\n', { 'content-type': 'text/event-stream' }), 'body'],
    ['content without a type', answered({ content: [{ text: SECRET }] }), 'content[0].type'],
    ['a wrong isError', answered({ content: [], isError: SECRET }), 'isError'],
  ])('%s', async (_what, handler, field) => {
    server.handler = mcp({ 'tools/call': handler });
    const error = await errorOf(call('echo', { text: SECRET }));
    expect(error).toMatchObject({ kind: 'contract-violation', field, operation: 'tools.call', reached: 'maybe' });
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  });
  test('content of an unknown type is passed on', async () => {
    server.handler = mcp({ 'tools/call': answered({ content: [{ type: 'hologram', beams: 3 }] }) });
    expect(await call('echo')).toEqual({ content: [{ type: 'hologram', beams: 3 }], isError: false });
  });
});

describe('a connection that breaks', () => {
  test.each([
    ['before the response', (_seen, response) => response.destroy()],
    [
      'in a stream of events',
      (_seen, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(': here it comes\n\n', () => response.destroy());
      },
    ],
    ['by a stream that ends without a response', replyText(200, ': bye\n\n', { 'content-type': 'text/event-stream' })],
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

  test('a repeated call with the same key after a lost response returns the first result', async () => {
    const service = mcp();
    let lost = false;
    server.handler = (seen, response, raw) => {
      if (methodOf(seen.body) === 'tools/call' && !lost) {
        lost = true;
        // The tool runs, but its response does not arrive.
        response.write = () => (response.destroy(), false);
      }
      service(seen, response, raw);
    };
    expect(await errorOf(call('echo', { text: 'hi' }))).toMatchObject({ kind: 'connection', reached: 'maybe' });
    expect((await call('echo', { text: 'hi' })).structuredContent).toEqual({ said: 'hi' });
    expect(echoRuns()).toBe(1);
  });
});
