import { createHmac } from 'node:crypto';
import type { DuvoSimulator } from '../../testing';
import { SIMULATOR_TEAM_ID, type SimulatorOptions } from '../../testing';
import { replyJson as answerJson, TestServer } from '../support/duvo/http-test-server';
import { SimulatorRequests } from '../support/simulator-requests';

const requests = new SimulatorRequests();
const call = requests.call.bind(requests);
let simulator: DuvoSimulator;
const begin = async (options: SimulatorOptions = {}) => {
  simulator = await requests.start(options);
};
afterEach(() => requests.close());

const AGENT = 'b1f8a3c0-4f0e-4f57-8f5c-0f3a52a4f001';
const team = `/v2/teams/${SIMULATOR_TEAM_ID}`;

describe('credentials', () => {
  const token = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form });
    const response = await fetch(`${simulator.url}/oauth/token`, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const oauth = { clientId: 'c', clientSecret: 'canary-secret', scopes: ['runs:read'] };

  test('the metadata leads to the token endpoint, and a token works for its scopes until it is revoked', async () => {
    await begin({ oauth });
    const resource = await call('GET', '/.well-known/oauth-protected-resource');
    expect(resource.body['authorization_servers']).toEqual([simulator.url]);
    const server = await call('GET', '/.well-known/oauth-authorization-server');
    expect(server.body).toMatchObject({ issuer: simulator.url, token_endpoint: `${simulator.url}/oauth/token` });
    const { status, body } = await token({ client_id: 'c', client_secret: 'canary-secret' });
    expect(status).toBe(200);
    const authorization = `Bearer ${String(body['access_token'])}`;
    expect((await call('GET', '/v1/runs/x', undefined, { authorization })).status).toBe(404);
    const missing = await call('POST', '/v1/runs/x/stop', undefined, { authorization });
    expect(missing).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect(missing.headers.get('www-authenticate')).toContain('scope="runs:write"');
    simulator.revokeTokens();
    expect((await call('GET', '/v1/runs/x', undefined, { authorization })).status).toBe(401);
    expect(JSON.stringify([simulator.ledger, simulator.stats])).not.toMatch(/canary|Bearer/);
  });

  test.each([
    [{ client_id: 'c', client_secret: 'wrong' }, 401, 'invalid_client'],
    [{ client_id: 'c', client_secret: 'canary-secret', scope: 'mcp:call' }, 400, 'invalid_scope'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('the token request %j is refused as RFC 6749 requires', async (form, status, error) => {
    await begin({ oauth });
    expect(await token(form)).toMatchObject({ status, body: { error } });
  });

  test('an API key without the scope is refused', async () => {
    await begin({ scopes: ['runs:read'] });
    expect((await call('POST', '/v2/sandboxes')).body).toMatchObject({ error: 'insufficient_scope' });
  });
});

describe('faults', () => {
  test('truncateBody: the request is committed and the response breaks off', async () => {
    await begin();
    simulator.addFault({ operation: 'create-sandbox', effect: { truncateBody: true } });
    await expect(call('POST', '/v2/sandboxes')).rejects.toThrow();
    expect(simulator.stats['create-sandbox'].committed).toBe(1);
  });

  test('addHeaders: the response has the added headers', async () => {
    await begin();
    simulator.addFault({ operation: 'create-sandbox', effect: { addHeaders: { deprecation: '@1688169599' } } });
    expect((await call('POST', '/v2/sandboxes')).headers.get('deprecation')).toBe('@1688169599');
  });

  test('random faults are the same for the same seed', async () => {
    const outcomes = async (seed: number) => {
      await begin({ chaos: { seed, rate: 0.5 } });
      for (let n = 0; n < 30; n++) await call('GET', '/v1/runs/x').catch(() => undefined);
      const faults = simulator.ledger.map(({ fault }) => fault ?? '-');
      await simulator.close();
      return faults;
    };
    const first = await outcomes(7);
    expect(first.filter((fault) => fault !== '-').length).toBeGreaterThan(5);
    expect(first).toContain('-');
    expect(await outcomes(7)).toEqual(first);
    expect(await outcomes(8)).not.toEqual(first);
    await begin();
  });

  test.each([
    ['honour', 201, 1],
    ['ignore', 201, 2],
    ['refuse', 422, 1],
    ['in-flight', 409, 1],
  ] as const)('a repeated idempotency key in mode %s gets %i', async (idempotencyKeys, status, committed) => {
    await begin({ idempotencyKeyMode: idempotencyKeys });
    const again = { 'idempotency-key': 'same' };
    expect((await call('POST', '/v2/sandboxes', undefined, again)).status).toBe(201);
    expect((await call('POST', '/v2/sandboxes', undefined, again)).status).toBe(status);
    expect(simulator.stats['create-sandbox'].committed).toBe(committed);
  });

  test.each([
    ['draft', 'ratelimit-remaining', '1'],
    ['structured', 'ratelimit', '"default";r=1;t=60'],
    ['legacy', 'x-ratelimit-remaining', '1'],
    ['none', 'ratelimit-limit', null],
  ] as const)('every response has the rate limit headers of style %s', async (rateLimitHeaders, name, value) => {
    await begin({ requestsPerMinute: 2, rateLimitHeaders });
    expect((await call('GET', '/v1/runs/x')).headers.get(name)).toBe(value);
    await call('GET', '/v1/runs/x');
    const refused = await call('GET', '/v1/runs/x');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

test('webhooks are signed, retried until they are accepted, and sent again on request', async () => {
  await begin({ webhookSecret: `whsec_${Buffer.from('secret').toString('base64')}` });
  const receiver = await TestServer.start();
  let refusals = 1;
  receiver.handler = (request, response, raw) => answerJson(refusals-- > 0 ? 500 : 200, {})(request, response, raw);
  simulator.script(AGENT, {
    steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running', duration: 20 }],
  });
  const { body } = await call('POST', `${team}/runs`, { agent_id: AGENT, webhook_url: `${receiver.url}/hook` });
  const run = body['run'] as { id: string };
  while (receiver.requests.length < 2) await receiver.waitForNext('request');
  const [request] = simulator.getRun(run.id).humanRequests;
  simulator.answerInDuvo(run.id, request?.id ?? '', { approved: true });
  while (receiver.requests.length < 3) await receiver.waitForNext('request');
  const types = receiver.requests.map((one) => (JSON.parse(one.body) as { type: string }).type);
  expect(types).toEqual(['human_request', 'human_request', 'run_completed']);
  for (const { headers, body: text } of receiver.requests) {
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`;
    const signature = createHmac('sha256', 'secret').update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  }
  const [first] = simulator.deliveries;
  await simulator.redeliver(first?.id ?? '');
  expect(receiver.requests.at(-1)?.headers['webhook-id']).toBe(first?.id);
  await receiver.stop();
});

test('the hosted MCP server needs a bearer token', async () => {
  await begin();
  simulator.addTool('greet', { result: 'hello' });
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'greet', arguments: {} } };
  const accept = { accept: 'application/json, text/event-stream' };
  const init = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
  };
  expect((await call('POST', '/v2/mcp', init, accept)).status).toBe(200);
  expect((await call('POST', '/v1/mcp', message, accept)).body).toMatchObject({
    result: { content: [{ type: 'text', text: 'hello' }] },
  });
  expect((await call('POST', '/v1/mcp', message, { ...accept, authorization: 'Bearer x' })).status).toBe(401);
  expect((await call('GET', '/v1/mcp')).status).toBe(405);
});
