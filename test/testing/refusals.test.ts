import { DuvoSimulator } from '../../testing';

let simulator: DuvoSimulator;
beforeEach(async () => {
  simulator = await DuvoSimulator.start({ oauth: { clientId: 'client', clientSecret: 'secret' } });
  simulator.script('agent', { steps: [{ status: 'running' }] });
});
afterEach(() => simulator.close());

async function call(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const authorization = `Bearer ${simulator.apiKey}`;
  const response = await fetch(simulator.url + path, { method, body, headers: { authorization, ...headers } });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const JSON_KEY = { 'content-type': 'application/json', 'idempotency-key': 'the same' };
const START = '{"agent_id":"agent"}';

test.each([
  ['a token that has expired', START, { authorization: 'Bearer expired' }, 401],
  ['another content type', START, { 'content-type': 'text/plain' }, 415],
  ['a body that is not JSON', '{', {}, 422],
])('a refused request does not drop the key of an earlier one: %s', async (_what, body, headers, status) => {
  const first = await call('POST', '/v1/runs', START, JSON_KEY);
  expect((await call('POST', '/v1/runs', body, { ...JSON_KEY, ...headers })).status).toBe(status);
  expect((await call('POST', '/v1/runs', START, JSON_KEY)).text).toBe(first.text);
  expect(simulator.runs).toHaveLength(1);
});

test('a retried upload with another multipart boundary is the same upload', async () => {
  const made = await call('POST', '/v2/sandboxes', undefined, { 'idempotency-key': 'sandbox' });
  const { sandbox_id: id } = JSON.parse(made.text) as { sandbox_id: string };
  const upload = (boundary: string, content: string) =>
    call(
      'POST',
      `/v2/sandboxes/${id}/files`,
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${content}\r\n--${boundary}--\r\n`,
      { 'idempotency-key': 'upload', 'content-type': `multipart/form-data; boundary=${boundary}` },
    );
  expect((await upload('one', 'hello')).status).toBe(201);
  expect((await upload('two', 'hello')).status).toBe(201);
  expect((await upload('three', 'other')).status).toBe(422);
  expect(simulator.stats['upload-file'].committed).toBe(1);
});

test.each([
  ['a path that cannot be decoded', 'GET', '/v1/runs/%zz', {}, 404],
  [
    'a multipart body without a boundary',
    'POST',
    '/v2/sandboxes/x/files',
    { 'content-type': 'multipart/form-data' },
    422,
  ],
  ['a client id that cannot be decoded', 'POST', '/oauth/token', { authorization: `Basic ${btoa('%zz:s')}` }, 401],
])('%s is refused with a client error', async (_what, method, path, headers, status) => {
  const body = path === '/oauth/token' ? 'grant_type=client_credentials' : method === 'POST' ? 'x' : undefined;
  expect((await call(method, path, body, { 'idempotency-key': 'k', ...headers })).status).toBe(status);
});

test('the challenge header names what is wrong with a credential', async () => {
  const bearer = await call('GET', '/v1/runs', undefined, { authorization: 'Bearer unknown' });
  expect(bearer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  const client = await call('POST', '/oauth/token', 'grant_type=client_credentials');
  expect([client.status, client.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="token"']);
});

test('a 405 names the methods that the path supports', async () => {
  const refused = await call('DELETE', '/v1/runs');
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, GET']);
});

test('the error of a body that is no object names the body', async () => {
  const { status, text } = await call('POST', `/v2/teams/${simulator.teamId}/runs`, '[]', JSON_KEY);
  expect([status, text]).toEqual([422, expect.stringContaining('(body)')]);
});

test('an API key in a request body is redacted in the ledger', async () => {
  const body = JSON.stringify({ agent_id: 'agent', message: `with ${simulator.apiKey}` });
  expect((await call('POST', '/v1/runs', body, JSON_KEY)).status).toBe(202);
  expect(JSON.stringify(simulator.ledger)).not.toContain(simulator.apiKey);
});
