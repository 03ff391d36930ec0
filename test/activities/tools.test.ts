import { inspect } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDuvoActivities, type DuvoActivities } from '../../activities';
import type { DuvoClient } from '../../duvo';
import { McpService } from '../../testing/simulator/mcp/mcp-service';
import { createScriptedTool } from '../../testing/simulator/mcp/tools';
import { createClient, type RequestHandler, replyJson, TestServer } from '../support/duvo/http-test-server';

const SECRET = 'a private text';
const key = 'a step';

let server: TestServer;
let client: DuvoClient;
let ran: number;
let service: McpService;

beforeEach(async () => {
  server = await TestServer.start();
  client = createClient(server);
  ran = 0;
  const post = createScriptedTool('post', { result: { posted: true } });
  const tools = [
    { ...post, run: (...args: Parameters<typeof post.run>) => ((ran += 1), post.run(...args)) },
    createScriptedTool('failing', { isError: true, result: 'no such invoice' }),
    createScriptedTool('endless', { delayMs: 3_600_000, responseFormat: 'events' }),
    createScriptedTool('talkative', { result: 'x'.repeat(2_000_000) }),
  ];
  service = new McpService(tools);
  server.handler = mcp();
});
afterEach(async () => {
  await client.close();
  await server.stop();
});

const methodOf = (body: string) => String((JSON.parse(body) as { method?: unknown }).method);

/** Handles requests to the hosted MCP server. If `toCalls` is given, it handles the tool calls. */
function mcp(toCalls?: RequestHandler): RequestHandler {
  return (seen, response, raw) => {
    if (toCalls && methodOf(seen.body) === 'tools/call') toCalls(seen, response, raw);
    else void service.handle(raw, response, JSON.parse(seen.body));
  };
}

type Info = ConstructorParameters<typeof MockActivityEnvironment>[0];
/** Attempt info with long timeouts. By default, the mock gives an attempt one second. */
const PATIENT: Info = { startToCloseTimeoutMs: 600_000, scheduleToCloseTimeoutMs: 600_000 };

interface Failure {
  name: string;
  type?: string;
  nonRetryable?: boolean;
  nextRetryDelay?: number;
  message: string;
  details?: unknown[];
}

function start<T>(activity: (a: DuvoActivities) => Promise<T>, environment = new MockActivityEnvironment(PATIENT)) {
  return environment.run<[], T, () => Promise<T>>(() => activity(createDuvoActivities({ client })));
}

async function failure(activity: (a: DuvoActivities) => Promise<unknown>, info: Info = {}): Promise<Failure> {
  try {
    throw new Error(
      `it succeeded: ${inspect(await start(activity, new MockActivityEnvironment({ ...PATIENT, ...info })))}`,
    );
  } catch (error) {
    return error as Failure;
  }
}

const post = (a: DuvoActivities) => a.callTool({ name: 'post', arguments: { text: SECRET }, key });

test('tools are listed and called, and a failed tool gives a result', async () => {
  const listed = await start((a) => a.listTools({}));
  expect(listed.map(({ name }) => name)).toEqual(['post', 'failing', 'endless', 'talkative']);
  expect((await start(post)).structuredContent).toEqual({ posted: true });
  expect((await start((a) => a.callTool({ name: 'failing', key }))).isError).toBe(true);
});

test('a lost response is retried with the same key, and the tool runs once', async () => {
  let lost = false;
  server.handler = (seen, response, raw) => {
    if (methodOf(seen.body) === 'tools/call' && !lost) {
      lost = true;
      response.write = () => (response.destroy(), false);
    }
    void service.handle(raw, response, JSON.parse(seen.body));
  };
  expect(await failure(post)).toMatchObject({ type: 'Duvo.ConnectionFailed', nonRetryable: false });
  expect((await start(post)).structuredContent).toEqual({ posted: true });
  expect(ran).toBe(1);
  const keys = server.requests.map(({ headers }) => headers['idempotency-key']).filter(Boolean);
  expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), keys[0]]);
});

test.each([
  ['503', replyJson(503, { code: 'down', message: SECRET }), 'Duvo.ServerError', true],
  ['429', replyJson(429, { message: SECRET }, { 'retry-after': '30' }), 'Duvo.RateLimited', true],
  ['403', replyJson(403, { message: SECRET }), 'Duvo.Forbidden', false],
  ['a response that is not JSON-RPC', replyJson(200, { odd: SECRET }), 'Duvo.ContractViolation', false],
  ['a reset', (_seen, response) => response.destroy(), 'Duvo.ConnectionFailed', true],
] as [string, RequestHandler, string, boolean][])(
  '%s has the failure of every other call',
  async (_what, how, type, retried) => {
    server.handler = mcp(how);
    const failed = await failure(post);
    expect(failed).toMatchObject({ type, nonRetryable: !retried });
    expect(failed.details?.[0]).toMatchObject({ operation: 'tools.call', path: '/v1/mcp' });
    expect(inspect(failed, { depth: 10 })).not.toMatch(/dv_test|a private text/);
  },
);

test('a call of an unknown tool is final', async () => {
  const failed = await failure((a) => a.callTool({ name: 'nothing', key }));
  expect(failed).toMatchObject({ type: 'Duvo.NotFound', nonRetryable: true });
});

test('a long call sends heartbeats until a cancellation aborts it at the socket', async () => {
  const environment = new MockActivityEnvironment(PATIENT);
  // The first heartbeat only records that the request is about to be sent.
  const beat = new Promise((resolve) => environment.once('heartbeat', () => environment.once('heartbeat', resolve)));
  const failed = start((a) => a.callTool({ name: 'endless', key }), environment).catch((error: unknown) => error);
  await beat;
  const closed = server.waitForNext('close');
  environment.cancel();
  await closed;
  expect(await failed).toMatchObject({ name: 'CancelledFailure' });
});

test('a tool that exceeds its attempt’s time fails just before Temporal’s timeout', async () => {
  const failed = await failure((a) => a.callTool({ name: 'endless', key }), { startToCloseTimeoutMs: 1_000 });
  expect(failed).toMatchObject({ type: 'Duvo.Timeout', nonRetryable: false });
  expect(failed.message).toContain('900 ms');
});

test('a tool call that is too large to send or to store fails finally with the fix', async () => {
  const given = { text: SECRET.repeat(100_000) };
  const sent = await failure((a) => a.callTool({ name: 'post', arguments: given, key }));
  expect(sent).toMatchObject({ type: 'Duvo.TooLarge', nonRetryable: true, details: [{ field: 'arguments' }] });
  expect(server.requests).toHaveLength(0);
  const got = await failure((a) => a.callTool({ name: 'talkative', key }));
  expect(got).toMatchObject({ type: 'Duvo.TooLarge', nonRetryable: true, details: [{ field: 'result' }] });
  expect(got.message).toContain('a smaller result');
});
