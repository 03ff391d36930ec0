import type { DuvoClient } from '../../../duvo';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { createClient, replyJson, replyText } from '../../support/duvo/http-test-server';

setUpClient();

const mutate = { idempotencyKey: 'wf/1:start' };
const RUN = { id: 'run-1', status: 'running' };

describe('a request', () => {
  it.each([
    ['start, least', 'POST', '/v1/runs', { agent_id: 'a' }, (c: DuvoClient) => c.runs.start({ agentId: 'a' }, mutate)],
    [
      'start with all fields, without unknown fields',
      'POST',
      '/v1/runs',
      { agent_id: 'a', message: 'm', sandbox_id: 's', webhook_url: 'https://h.example/x' },
      (c: DuvoClient) =>
        c.runs.start(
          { agentId: 'a', message: 'm', sandboxId: 's', webhookUrl: 'https://h.example/x', extra: 1 } as never,
          mutate,
        ),
    ],
    ['get', 'GET', '/v1/runs/run-1', undefined, (c: DuvoClient) => c.runs.get('run-1')],
    [
      'get, odd id',
      'GET',
      '/v1/runs/a%2Fb%20%3F%23%C3%A9%24%26',
      undefined,
      (c: DuvoClient) => c.runs.get('a/b ?#é$&'),
    ],
    ['list', 'GET', '/v1/runs', undefined, (c: DuvoClient) => c.runs.listPage()],
    [
      'list, all',
      'GET',
      '/v1/runs?limit=100&offset=3&status=waiting&agent_id=a%26b&since=2026-01-01T00%3A00%3A00Z',
      undefined,
      (c: DuvoClient) =>
        c.runs.listPage({ limit: 100, offset: 3, status: 'waiting', agentId: 'a&b', since: '2026-01-01T00:00:00Z' }),
    ],
    ['messages', 'GET', '/v1/runs/r/messages', undefined, (c: DuvoClient) => c.runs.listMessagesPage('r')],
    [
      'messages, a page',
      'GET',
      '/v1/runs/r/messages?limit=50&offset=0',
      undefined,
      (c: DuvoClient) => c.runs.listMessagesPage('r', { limit: 50, offset: 0 }),
    ],
    [
      'postMessage',
      'POST',
      '/v1/runs/r/messages',
      { message: 'hé' },
      (c: DuvoClient) => c.runs.postMessage('r', 'hé', mutate),
    ],
    [
      'respond, approval',
      'POST',
      '/v1/runs/r/human-requests/q/respond',
      { approved: false },
      (c: DuvoClient) => c.runs.respond('r', 'q', { approved: false }, mutate),
    ],
    [
      'respond, answers',
      'POST',
      '/v1/runs/r/human-requests/q/respond',
      { answers: { 'Which?': 'a,b' } },
      (c: DuvoClient) => c.runs.respond('r', 'q', { answers: { 'Which?': 'a,b' } }, mutate),
    ],
    ['stop', 'POST', '/v1/runs/r/stop', undefined, (c: DuvoClient) => c.runs.stop('r', mutate)],
  ])('%s', async (_name, method, url, body, call) => {
    server.handler = replyJson(200, { run: RUN, data: [], messages: [], message: { id: 'm' }, success: true });
    await call(client).catch(() => undefined);
    expect(server.requests).toHaveLength(1);
    const [seen] = server.requests;
    expect(seen).toMatchObject({ method, url, body: body === undefined ? '' : JSON.stringify(body) });
    expect(seen?.headers).toMatchObject({
      authorization: 'Bearer dv_test',
      accept: 'application/json',
      'user-agent': 'duvo-temporal',
    });
    expect(seen?.headers['idempotency-key']).toBe(method === 'POST' ? 'wf/1:start' : undefined);
    expect(seen?.headers['content-type']).toBe(body === undefined ? undefined : 'application/json');
  });

  it.each(['/base/path', '/base/path/', '//'])('keeps the base path %s', async (path) => {
    const based = createClient(server, { baseUrl: server.url + path, userAgent: 'mine/1' });
    await based.runs.get('r');
    await based.close();
    expect(server.requests[0]?.url).toBe(`${path.replace(/\/+$/, '')}/v1/runs/r`);
    expect(server.requests[0]?.headers['user-agent']).toBe('mine/1');
  });
});

describe('respond and stop', () => {
  it.each([
    ['200', replyJson(200, { human_request: { id: 'q' } }), { humanRequest: { id: 'q' } }],
    ['204', replyText(204, ''), {}],
  ])('an answer is delivered when Duvo responds with %s', async (_name, handler, result) => {
    server.handler = handler;
    expect(await client.runs.respond('r', 'q', { approved: true }, mutate)).toEqual(result);
  });

  it('a stop returns the response of Duvo', async () => {
    server.handler = replyJson(200, { success: false, message: 'not running' });
    expect(await client.runs.stop('r', mutate)).toEqual({ success: false, message: 'not running' });
  });
});
