import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { DuvoSimulator, SIMULATOR_TEAM_ID, type SimulatorOptions } from '../../testing';
import { replyJson as answerJson, TestServer } from '../support/duvo/http-test-server';

const published = JSON.parse(readFileSync(join(__dirname, '../support/duvo/published-v2.json'), 'utf8')) as {
  error: object;
  operations: Record<string, { answer: object }>;
};
const ajv = new Ajv({ strict: false });
addFormats(ajv);

/** What the published document promises of an operation, and no other field. */
const answers = new Map<string, ValidateFunction>(
  Object.entries(published.operations).map(([id, { answer }]) => [id, ajv.compile(closed(answer) as object)]),
);
const refusal = ajv.compile(closed(published.error) as object);

/** The document forbids further fields wherever it lists any. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in copy && !('additionalProperties' in copy) ? { ...copy, additionalProperties: false } : copy;
}

let simulator: DuvoSimulator;
const begin = async (options: SimulatorOptions = {}) => {
  simulator = await DuvoSimulator.start(options);
};
afterEach(() => simulator.close());

let keys = 0;
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const form = body instanceof FormData;
  const response = await fetch(simulator.url + path, {
    method,
    headers: {
      authorization: `Bearer ${simulator.apiKey}`,
      ...(method === 'POST' && { 'idempotency-key': `key-${++keys}` }),
      ...(method === 'POST' && !form && body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: form || typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Record<string, unknown> };
}

const AGENT = 'b1f8a3c0-4f0e-4f57-8f5c-0f3a52a4f001';
const team = `/v2/teams/${SIMULATOR_TEAM_ID}`;

test('every operation of v2, one after another: each answer is what the published document promises', async () => {
  await begin();
  simulator.script(AGENT, {
    steps: [
      {
        ask: {
          type: 'question',
          title: 'Which?',
          questions: [{ question: 'Which ledger?', header: 'L', options: [{ label: 'main' }], multi_select: false }],
        },
      },
      { status: 'running' },
    ],
  });
  const queue = simulator.addQueue({ name: 'Invoices', agentId: AGENT });
  const seen: string[] = [];
  const check = async (id: string, method: string, path: string, body?: unknown, status = 200) => {
    const answer = await call(method, path, body);
    expect([id, answer.status]).toEqual([id, status]);
    const validate = answers.get(id);
    expect({ id, errors: validate?.(answer.body) ? null : validate?.errors, known: !!validate }).toEqual({
      id,
      errors: null,
      known: true,
    });
    seen.push(id);
    return answer.body as Record<string, Record<string, string> & { id: string }>;
  };

  const config = {
    version: 'v2',
    data: {
      models: {
        agent: { model: 'claude-sonnet-5' },
        browsing: { provider: 'google', model: 'gemini-2.5-pro' },
      },
      input: 'Read it',
    },
  };
  const { agent } = await check(
    'createAgent',
    'POST',
    `${team}/agents`,
    { name: 'A', build: { name: 'b', config } },
    201,
  );
  await check('getAgent', 'GET', `/v2/agents/${agent?.id}`);
  await check('listAgents', 'GET', `${team}/agents?limit=5`);
  simulator.addAgentSchedule(agent?.id ?? '', { frequency: 'custom', cron: '0 2 * * *', timezone: 'Europe/Prague' });
  await check('listAgentSchedules', 'GET', `/v2/agents/${agent?.id}/schedules`);
  const sandbox = await check('createSandbox', 'POST', '/v2/sandboxes', undefined, 201);
  const sandboxId = sandbox['sandbox_id'] as unknown as string;
  const { run } = await check(
    'startRun',
    'POST',
    `${team}/runs`,
    { agent_id: AGENT, message: 'm', sandbox_id: sandboxId },
    201,
  );
  const { pending_human_request: asked } = await check('getRun', 'GET', `/v2/runs/${run?.id}`);
  await check('listRuns', 'GET', `${team}/runs?status=waiting&agent_id=${AGENT}`);
  await check('respondToHumanRequest', 'POST', `/v2/runs/${run?.id}/human-requests/${asked?.id}/respond`, {
    answers: { 'Which ledger?': 'main' },
  });
  await check('stopRun', 'POST', `/v2/runs/${run?.id}/stop`);
  expect((await check('getRun', 'GET', `/v2/runs/${run?.id}`))['run']?.['status']).toBe('stopped');
  await check('postRunMessage', 'POST', `/v2/runs/${run?.id}/messages`, { message: 'Go on.' }, 201);
  await check('listRunMessages', 'GET', `/v2/runs/${run?.id}/messages`);
  await check('listQueues', 'GET', `${team}/queues`);
  await check('getQueue', 'GET', `/v2/queues/${queue}`);
  const cases = [
    { title: 'one', data: '{}', labels: [{ key: 'k', value: 'v' }], priority: 'high' },
    { title: 'two', labels: [{ value: 'v' }] },
  ];
  const { added_cases: added } = await check('createCases', 'POST', `/v2/queues/${queue}/cases`, { cases }, 201);
  const [first] = added as unknown as { id: string; title: string; display_status: string }[];
  expect(first).toMatchObject({ title: 'one', display_status: 'needs_input' });
  await check('getCase', 'GET', `/v2/cases/${first?.id}`);
  await check('listCases', 'GET', `/v2/queues/${queue}/cases?status=pending`);
  await check('listCaseRuns', 'GET', `/v2/cases/${first?.id}/runs`);

  const form = new FormData();
  form.set('path', 'in/a.txt');
  form.set('file', new Blob(['some text']), 'a.txt');
  await check('uploadSandboxFile', 'POST', `/v2/sandboxes/${sandboxId}/files`, form, 201);
  const upload = await check('createSandboxUploadUrl', 'POST', `/v2/sandboxes/${sandboxId}/upload-urls`, {
    path: 'b.bin',
  });
  const target = upload['upload_url'] as unknown as string;
  expect((await fetch(target, { method: 'PUT', body: 'larger' })).status).toBe(200);
  expect((await fetch(target, { method: 'PUT', body: 'another' })).status).toBe(403);
  await check('listSandboxFiles', 'GET', `/v2/sandboxes/${sandboxId}/files`);
  expect(simulator.listFiles(sandboxId)).toEqual([
    { path: '/workspace/in/a.txt', size: 9, sha256: createHash('sha256').update('some text').digest('hex') },
    { path: '/workspace/b.bin', size: 6, sha256: createHash('sha256').update('larger').digest('hex') },
  ]);
  expect([...new Set(seen)].sort()).toEqual([...answers.keys()].sort());
});

test('v1 has what its reference lists, in its words, and nothing else', async () => {
  await begin();
  simulator.script(AGENT, { steps: [{ status: 'running' }], outcome: 'good', owner: 'team' });
  const queue = simulator.addQueue();
  const started = await call('POST', '/v1/runs', { agent_id: AGENT, assignment_id: 'open' });
  expect(started).toMatchObject({ status: 202, body: { run: { agent_id: AGENT, owner: 'team' } } });
  const { id } = started.body['run'] as { id: string };
  await call('POST', `/v1/runs/${id}/stop`);
  expect((await call('GET', `/v1/runs/${id}`)).body).toMatchObject({ run: { status: 'canceled', outcome: 'good' } });
  expect((await call('POST', '/v1/agents', { name: 'A' })).status).toBe(201);
  expect((await call('POST', `/v1/queues/${queue}/cases`, { case: { title: 't' } })).status).toBe(201);
  expect((await call('POST', '/v1/sandboxes')).status).toBe(201);
  for (const path of ['/v1/agents', '/v1/queues', `/v1/queues/${queue}`, '/v1/cases/x', '/v1/sandboxes/x/files']) {
    expect([404, 405]).toContain((await call('GET', path)).status);
  }
});

describe('strict in what v2 accepts, and refused in its words', () => {
  test.each([
    ['an unknown field', 'POST', `${team}/runs`, { agent_id: AGENT, extra: 1 }, 422],
    ['an unknown parameter', 'GET', `${team}/runs?page=2`, undefined, 422],
    ['a status that is none', 'GET', `${team}/runs?status=gone`, undefined, 422],
    ['another team', 'GET', '/v2/teams/other/runs', undefined, 404],
    ['both a case and cases', 'POST', '/v2/queues/q/cases', { case: { title: 't' }, cases: [{ title: 't' }] }, 400],
    ['101 cases', 'POST', '/v2/queues/q/cases', { cases: Array(101).fill({ title: 't' }) }, 422],
    ['a sandbox that is not there', 'GET', '/v2/sandboxes/s/files', undefined, 404],
    ['a path that is not there', 'GET', '/v2/nothing', undefined, 404],
  ] as [string, string, string, unknown, number][])('%s', async (_what, method, path, body, status) => {
    await begin();
    simulator.script(AGENT, { steps: [] });
    simulator.addQueue({ id: 'q' });
    const answer = await call(method, path, body);
    expect(answer.status).toBe(status);
    expect(refusal(answer.body)).toBe(true);
  });

  test('a file over 10 MB, and one without its field', async () => {
    await begin();
    const { body } = await call('POST', '/v2/sandboxes');
    const files = `/v2/sandboxes/${String(body['sandbox_id'])}/files`;
    const large = new FormData();
    large.set('file', new Blob(['x'.repeat(10 * 1024 * 1024 + 1)]), 'a');
    expect((await call('POST', files, large)).status).toBe(413);
    const other = new FormData();
    other.set('data', new Blob(['x']), 'a');
    expect((await call('POST', files, other)).status).toBe(422);
    expect((await call('POST', files, { file: 'x' })).status).toBe(415);
  });
});

describe('credentials', () => {
  const token = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form });
    const response = await fetch(`${simulator.url}/oauth/token`, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const oauth = { clientId: 'c', clientSecret: 'canary-secret', scopes: ['runs:read'] };

  test('a token is found by the metadata, works for its scopes, and ends when it is revoked', async () => {
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
  ])('%j is refused as RFC 6749 says', async (form, status, error) => {
    await begin({ oauth });
    expect(await token(form)).toMatchObject({ status, body: { error } });
  });

  test('a key may have fewer scopes', async () => {
    await begin({ scopes: ['runs:read'] });
    expect((await call('POST', '/v2/sandboxes')).body).toMatchObject({ error: 'insufficient_scope' });
  });
});

describe('faults', () => {
  test('half a body: it is done, and the answer breaks off', async () => {
    await begin();
    simulator.addFault({ on: 'create-sandbox', how: { halfBody: true } });
    await expect(call('POST', '/v2/sandboxes')).rejects.toThrow();
    expect(simulator.stats['create-sandbox'].committed).toBe(1);
  });

  test('further headers on a good answer', async () => {
    await begin();
    simulator.addFault({ on: 'create-sandbox', how: { addHeaders: { deprecation: '@1688169599' } } });
    expect((await call('POST', '/v2/sandboxes')).headers.get('deprecation')).toBe('@1688169599');
  });

  test('at random, but the same for the same seed', async () => {
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
  ] as const)('a key that was seen, mode %s: %i', async (idempotencyKeys, status, committed) => {
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
  ] as const)('the rate limit is told in every answer: %s', async (rateLimitHeaders, name, value) => {
    await begin({ requestsPerMinute: 2, rateLimitHeaders });
    expect((await call('GET', '/v1/runs/x')).headers.get(name)).toBe(value);
    await call('GET', '/v1/runs/x');
    const refused = await call('GET', '/v1/runs/x');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

test('webhooks: signed, sent again until they are taken, and whenever one asks', async () => {
  await begin({ webhookSecret: `whsec_${Buffer.from('secret').toString('base64')}` });
  const receiver = await TestServer.start();
  let refusals = 1;
  receiver.handler = (request, response, raw) => answerJson(refusals-- > 0 ? 500 : 200, {})(request, response, raw);
  simulator.script(AGENT, { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { status: 'running', for: 20 }] });
  const { body } = await call('POST', `${team}/runs`, { agent_id: AGENT, webhook_url: `${receiver.url}/hook` });
  const run = body['run'] as { id: string };
  while (receiver.requests.length < 2) await receiver.waitForNext('request');
  const [request] = simulator.getRun(run.id).requests;
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

test('the hosted MCP server is there, behind the key and its scope', async () => {
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
