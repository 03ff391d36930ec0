import { type Fault, RemoteSimulator } from '../../testing';
import { begin, call, look, setUpAgentRequests, simulator, start } from '../support/agent-requests';

setUpAgentRequests();
const failing = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    () => 'lost',
  );

describe('an invalid request is refused', () => {
  beforeEach(() => begin());
  test.each([
    ['no API key', 'GET', '/v1/runs', undefined, { authorization: '' }, 401, 'unauthorized'],
    ['a wrong API key', 'GET', '/v1/runs', undefined, { authorization: 'Bearer other' }, 401, 'unauthorized'],
    ['an unknown path', 'GET', '/v1/nothing', undefined, {}, 404, 'not_found'],
    ['an unknown method', 'DELETE', '/v1/runs', undefined, {}, 405, 'method_not_allowed'],
    [
      'no idempotency key',
      'POST',
      '/v1/runs',
      { agent_id: 'agent' },
      { 'idempotency-key': '' },
      400,
      'idempotency_key_required',
    ],
    ['another content type', 'POST', '/v1/runs', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['a body that is not JSON', 'POST', '/v1/runs', '{', {}, 422, 'malformed_json'],
    ['a missing field', 'POST', '/v1/runs', { message: 'x' }, {}, 422, 'validation_failed'],
    ['an unknown field', 'POST', '/v1/runs/x/stop', { extra: 1 }, {}, 422, 'validation_failed'],
    ['a wrong type', 'POST', '/v1/runs', { agent_id: 7 }, {}, 422, 'validation_failed'],
    ['an unknown agent', 'POST', '/v1/runs', { agent_id: 'nobody' }, {}, 404, 'agent_not_found'],
    ['an unknown run', 'GET', '/v1/runs/nobody', undefined, {}, 404, 'run_not_found'],
    ['a body that is too large', 'POST', '/v1/runs', 'x'.repeat(2_200_000), {}, 413, 'payload_too_large'],
  ] as [string, string, string, unknown, Record<string, string>, number, string][])(
    '%s',
    async (_what, method, path, body, headers, status, code) => {
      const answer = await call(method, path, body, headers);
      expect(answer).toMatchObject({ status, body: { code } });
      expect(simulator.runs).toEqual([]);
    },
  );

  test('a page of messages has at most 50 rows', async () => {
    const id = await start();
    expect((await call('GET', `/v1/runs/${id}/messages?limit=51`)).status).toBe(422);
    expect((await call('GET', `/v1/runs/${id}/messages?limit=50`)).status).toBe(200);
  });
});

describe('idempotency keys', () => {
  const key = { 'idempotency-key': 'the same' };
  test('honoured: a repeated request returns the first run, and another request with the same key is refused', async () => {
    await begin();
    const [one, two] = [
      await call('POST', '/v1/runs', { agent_id: 'agent' }, key),
      await call('POST', '/v1/runs', { agent_id: 'agent' }, key),
    ];
    expect(two).toMatchObject({ status: one.status, body: one.body });
    expect(simulator.ledger.map(({ committed }) => committed)).toEqual([true, false]);
    expect(await call('POST', '/v1/runs', { agent_id: 'agent', message: 'other' }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    expect(simulator.runs).toHaveLength(1);
  });
  test('ignored: two requests start two runs', async () => {
    await begin({ idempotencyKeyMode: 'ignore' });
    for (let n = 0; n < 2; n++) await call('POST', '/v1/runs', { agent_id: 'agent' }, key);
    expect(simulator.runs).toHaveLength(2);
  });
  test('a refused request does not use up its key', async () => {
    await begin();
    await call('POST', '/v1/runs', { agent_id: 'later' }, key);
    simulator.script('later', { steps: [] });
    expect((await call('POST', '/v1/runs', { agent_id: 'later' }, key)).status).toBe(202);
  });
});

describe('faults', () => {
  beforeEach(() => begin());
  const planned = (effect: Fault['effect']) => simulator.addFault({ operation: 'start', effect });
  const tryStart = () => call('POST', '/v1/runs', { agent_id: 'agent' });
  test('a status: the request is refused and not committed', async () => {
    planned({ status: 503, headers: { 'retry-after': '7' }, body: 'down' });
    const response = await fetch(`${simulator.url}/v1/runs`, { method: 'POST' });
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([503, '7', 'down']);
    expect(simulator.runs).toHaveLength(0);
  });
  test('a lost response: the request is committed', async () => {
    planned({ dropResponse: true });
    expect(await failing(tryStart())).toBe('lost');
    expect(simulator.runs).toHaveLength(1);
  });
  test('a reset: the request is not committed', async () => {
    planned({ reset: true });
    expect(await failing(tryStart())).toBe('lost');
    expect(simulator.runs).toHaveLength(0);
  });
  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a request is held %s the commit until the fault is released', async (hold, runs) => {
    const fault = planned({ hold });
    const answer = tryStart();
    await simulator.waitFor(({ operation, committed }) => operation === 'start' && committed === (hold === 'after'));
    expect(simulator.runs).toHaveLength(runs);
    fault.release();
    expect((await answer).status).toBe(202);
    expect(fault.hits).toBe(1);
  });
  test('replaceBody: the request is committed and the response has the given body', async () => {
    planned({ replaceBody: '<html>', contentType: 'text/html' });
    const response = await fetch(`${simulator.url}/v1/runs`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${simulator.apiKey}`,
        'idempotency-key': 'k',
        'content-type': 'application/json',
      },
      body: '{"agent_id":"agent"}',
    });
    expect(await response.text()).toBe('<html>');
    expect(simulator.runs).toHaveLength(1);
  });
  test('a fault skips `skip` requests and then applies to `times` requests', async () => {
    simulator.addFault({ operation: 'start', skip: 1, times: 2, effect: { status: 500 } });
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await tryStart()).status);
    expect(statuses).toEqual([202, 500, 500, 202]);
  });
  test('a fault of one agent applies to a list of the runs of that agent only', async () => {
    const fault = simulator.addFault({ operation: 'list', agentId: 'agent', effect: { status: 500 } });
    expect((await call('GET', '/v1/runs')).status).toBe(200);
    expect((await call('GET', '/v1/runs?agent_id=other')).status).toBe(200);
    expect((await call('GET', '/v1/runs?agent_id=agent')).status).toBe(500);
    expect(fault.hits).toBe(1);
  });

  test('a fault of get reports no run, or another status', async () => {
    const id = await start();
    simulator.addFault({ operation: 'get', runId: id, effect: { runNull: true } });
    expect((await look(id)).run).toBeNull();
    simulator.addFault({ operation: 'get', runId: id, effect: { runStatus: 'odd' } });
    expect((await look(id)).run).toMatchObject({ status: 'odd' });
  });
});

test('a request over the rate limit gets 429 with the time to wait', async () => {
  await begin({ requestsPerMinute: 2 });
  const [, , third] = [await call('GET', '/v1/runs'), await call('GET', '/v1/runs'), await call('GET', '/v1/runs')];
  expect(third?.status).toBe(429);
  expect(Number(third?.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('the ledger never holds the API key', async () => {
  await begin({ apiKey: 'dv_a_secret' });
  await start();
  expect(JSON.stringify(simulator.ledger)).not.toContain('dv_a_secret');
});

test('another process controls the simulator over HTTP', async () => {
  await begin();
  const control = new RemoteSimulator(simulator.url);
  await control.script('remote', { steps: [{ ask: { type: 'approval', title: 'x' } }, { end: 'completed' }] });
  const fault = await control.addFault({ operation: 'get', effect: { status: 500 } });
  const id = String((await call('POST', '/v1/runs', { agent_id: 'remote' })).body.run?.['id']);
  expect((await call('GET', `/v1/runs/${id}`)).status).toBe(500);
  await control.removeFault(fault);
  const [request] = (await control.getRun(id)).humanRequests;
  await control.answerInDuvo(id, request?.id ?? '', { approved: true });
  expect((await control.runs()).map(({ status }) => status)).toEqual(['completed']);
  expect((await control.stats()).start).toEqual({ received: 1, committed: 1 });
  expect((await control.ledger({ operation: 'get' })).map(({ status }) => status)).toEqual([500]);
  await expect(control.script('bad', { steps: [{ nonsense: 1 }] } as never)).rejects.toThrow(/400.*must be a step/);
});
