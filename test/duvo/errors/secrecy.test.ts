import { inspect } from 'node:util';
import { safeLogFields, type DuvoClient, type RequestEvent } from '../../../duvo';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { createClient, errorOf, replyJson, replyText, type RequestHandler } from '../../support/duvo/http-test-server';

const KEY = 'dv_topsecretkey';
const MESSAGE = 'message-text-of-a-customer';
const ANSWER = 'answer-text-of-a-person';
const QUESTION = 'question-text';
const SECRETS = [KEY, MESSAGE, ANSWER, QUESTION];

let events: RequestEvent[];
beforeEach(() => {
  events = [];
});
setUpClient({ apiKey: KEY, onRequest: (event) => events.push(event) });

/** An error body in which every field that the client reads repeats a text of the request. */
const echo = (planted: string) => ({
  code: planted,
  message: `bad: ${planted}`,
  error: planted,
  request_id: planted,
  requestId: planted,
  type: `https://e.example/${planted}`,
  title: planted,
  detail: planted,
  instance: planted,
  details: [{ field: planted }, { path: ['answers', planted] }, { loc: planted }, planted],
  errors: { [planted]: [planted] },
  invalid_params: [{ name: planted, pointer: `#/answers/${planted}` }],
  [planted]: planted,
});

const calls: [string, (c: DuvoClient) => Promise<unknown>][] = [
  ['start', (c) => c.runs.start({ agentId: 'a', message: MESSAGE }, { idempotencyKey: 'k' })],
  ['postMessage', (c) => c.runs.postMessage('r', MESSAGE, { idempotencyKey: 'k' })],
  ['respond', (c) => c.runs.respond('r', 'q', { answers: { [QUESTION]: ANSWER } }, { idempotencyKey: 'k' })],
];

const answers: [string, (planted: string) => RequestHandler][] = [
  ...[400, 401, 403, 404, 409, 413, 418, 422, 429, 500].map((status): [string, (planted: string) => RequestHandler] => [
    `${status}`,
    (planted) =>
      replyJson(status, echo(planted), { 'x-request-id': planted, 'request-id': planted, 'retry-after': planted }),
  ]),
  ['200 of HTML', (planted) => replyText(200, `<html>${planted}`, { 'x-request-id': planted })],
  [
    '200 of something else',
    (planted) => replyJson(200, { run: echo(planted), [planted]: 1 }, { 'x-request-id': planted }),
  ],
  ['200 without ids', (planted) => replyJson(200, { run: { [planted]: planted }, message: { [planted]: planted } })],
  ['a broken connection', () => (_request, response) => response.destroy()],
  [
    'a broken header',
    (planted) => (_request, response) => response.socket?.end(`HTTP/1.1 200 OK\r\n${planted}\r\n\r\n`),
  ],
];

describe('a request text that the server repeats appears in no error and no event', () => {
  it.each(calls.flatMap(([call, make]) => answers.map(([answer, handler]) => [call, answer, make, handler] as const)))(
    '%s, %s',
    async (_call, _answer, make, handler) => {
      server.handler = (request, response, raw) => {
        // Each response repeats one of the secrets that its request contains; the next response repeats the next one.
        const sent = SECRETS.filter((secret) => `${request.headers.authorization} ${request.body}`.includes(secret));
        handler(sent[(server.requests.length - 1) % sent.length] ?? '')(request, response, raw);
      };
      for (let round = 0; round < 3; round += 1) {
        const error: unknown = await make(client).catch((thrown: unknown) => thrown);
        const shown = [
          (error as Error | undefined)?.message,
          (error as Error | undefined)?.stack,
          JSON.stringify(error),
          inspect(error, { depth: 10, showHidden: true }),
          JSON.stringify(events),
        ].join('\n');
        for (const secret of SECRETS) expect(shown).not.toContain(secret);
      }
      expect(events).toHaveLength(3);
    },
  );

  it.each([
    ['of a few letters', 'ok', 'ok'],
    ['that is a word of the request message', 'pay hunter2 now', 'hunter2'],
    ['that contains the key', 'hello', `x-${KEY}`],
  ])('a code %s', async (_name, message, code) => {
    server.handler = replyJson(409, { code, request_id: code });
    const error = await errorOf(client.runs.postMessage('r', message, { idempotencyKey: 'k' }));
    expect([error.code, error.requestId]).toEqual([undefined, undefined]);
  });

  it('documented codes and the names of sent fields are kept', async () => {
    server.handler = replyJson(422, { code: 'insufficient_scope', details: [{ field: 'message' }] });
    const call = client.runs.postMessage('r', 'insufficient_scope of the message', { idempotencyKey: 'k' });
    expect(await errorOf(call)).toMatchObject({ code: 'insufficient_scope', field: 'message' });
  });
});

describe('onRequest', () => {
  it('is called after each request', async () => {
    await client.runs.get('run-1');
    server.handler = replyJson(503, { request_id: 'req_1' });
    await errorOf(client.runs.stop('run-1', { idempotencyKey: 'k' }));
    server.handler = replyText(200, 'no', { 'x-request-id': 'req_2' });
    await errorOf(client.runs.get('run-1'));
    server.handler = (_request, response) => response.destroy();
    await errorOf(client.runs.get('run-1'));
    await errorOf(client.runs.get(''));
    const get = {
      operation: 'runs.get',
      method: 'GET',
      path: '/v1/runs/{run_id}',
      durationMs: expect.any(Number) as number,
    };
    const stop = { ...get, operation: 'runs.stop', method: 'POST', path: '/v1/runs/{run_id}/stop' };
    expect(events).toEqual([
      { ...get, status: 200 },
      { ...stop, status: 503, requestId: 'req_1', errorKind: 'server' },
      { ...get, status: 200, requestId: 'req_2', errorKind: 'contract-violation' },
      { ...get, errorKind: 'connection' },
    ]);
  });

  it('does not affect the call when it throws', async () => {
    const clumsy = createClient(server, {
      onRequest: () => {
        throw new Error('a logger broke');
      },
    });
    await expect(clumsy.runs.get('run-1')).resolves.toMatchObject({ run: { id: 'run-1' } });
    await clumsy.close();
  });
});

describe('safeLogFields', () => {
  it('keeps only known fields with plain values', () => {
    const fields = {
      operation: 'runs.get',
      status: 200,
      runId: 'r',
      code: 'x'.repeat(300),
      durationMs: Infinity,
      requestId: undefined,
      path: { nested: KEY },
      kind: null,
      field: [KEY],
      authorization: KEY,
      message: MESSAGE,
      body: MESSAGE,
      error: new Error(KEY),
      constructor: KEY,
    };
    expect(safeLogFields(fields)).toEqual({ operation: 'runs.get', status: 200, runId: 'r', code: 'x'.repeat(256) });
  });
});
