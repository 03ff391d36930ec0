import * as duvo from '../../../duvo';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { errorOf, replyJson, replyText } from '../../support/duvo/http-test-server';

setUpClient();

const v1Error = { code: 'some_code', message: 'Some words.', request_id: 'req_1' };

describe('a status that is not 2xx', () => {
  it.each([
    [301, 'refused', duvo.DuvoRefusedError, 'yes', 'DUVO_API_BASE_URL'],
    [400, 'invalid-request', duvo.DuvoInvalidRequestError, 'yes', 'invalid'],
    [401, 'unauthorized', duvo.DuvoUnauthorizedError, 'yes', 'check DUVO_API_KEY'],
    [402, 'refused', duvo.DuvoRefusedError, 'yes', 'refuses'],
    [403, 'forbidden', duvo.DuvoForbiddenError, 'yes', 'the scope runs:read'],
    [404, 'not-found', duvo.DuvoNotFoundError, 'yes', 'may not see it'],
    [405, 'refused', duvo.DuvoRefusedError, 'yes', 'refuses'],
    [408, 'timeout', duvo.DuvoTimeoutError, 'maybe', 'timed out'],
    [409, 'conflict', duvo.DuvoConflictError, 'yes', 'state'],
    [410, 'refused', duvo.DuvoRefusedError, 'yes', 'refuses'],
    [413, 'too-large', duvo.DuvoTooLargeError, 'yes', 'send less'],
    [418, 'refused', duvo.DuvoRefusedError, 'yes', 'refuses'],
    [422, 'invalid-request', duvo.DuvoInvalidRequestError, 'yes', 'invalid'],
    [425, 'server', duvo.DuvoServerError, 'yes', 'too early'],
    [429, 'rate-limited', duvo.DuvoRateLimitedError, 'yes', 'too many requests'],
    [500, 'server', duvo.DuvoServerError, 'maybe', 'failed'],
    [502, 'server', duvo.DuvoServerError, 'maybe', 'failed'],
    [501, 'server', duvo.DuvoServerError, 'yes', 'does not accept'],
    [503, 'server', duvo.DuvoServerError, 'yes', 'does not accept'],
    [504, 'server', duvo.DuvoServerError, 'maybe', 'failed'],
    [505, 'server', duvo.DuvoServerError, 'yes', 'does not accept'],
    [599, 'server', duvo.DuvoServerError, 'maybe', 'failed'],
  ] as const)('%i is %s', async (status, kind, errorClass, reached, words) => {
    server.handler = replyJson(status, v1Error);
    const error = await errorOf(client.runs.get('run-1'));
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({
      name: errorClass.name,
      kind,
      reached,
      status,
      code: 'some_code',
      requestId: 'req_1',
      operation: 'runs.get',
      method: 'GET',
      path: '/v1/runs/{run_id}',
    });
    expect(error.message).toContain(words);
    expect(error.message).toContain(`(GET /v1/runs/{run_id}, status ${status}, code some_code, request req_1)`);
    expect(error.message).not.toContain('Some words');
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [301, 'yes'],
    [400, 'maybe'],
    [401, 'yes'],
    [403, 'maybe'],
    [404, 'maybe'],
    [409, 'maybe'],
    [413, 'yes'],
    [418, 'maybe'],
    [422, 'maybe'],
    [425, 'yes'],
    [429, 'yes'],
    [500, 'maybe'],
    [501, 'maybe'],
    [503, 'maybe'],
    [505, 'maybe'],
  ] as const)('%i with the page of a proxy: whether the request had no effect', async (status, reached) => {
    for (const body of ['<html>a page</html>', '', '{"message":"Forbidden"}']) {
      server.handler = replyText(status, body, { 'content-type': 'application/json' });
      const error = await errorOf(client.runs.start({ agentId: 'a', message: 'm' }, { idempotencyKey: 'k' }));
      expect(error).toMatchObject({ status, reached });
    }
  });

  it.each([
    ['v1', { code: 'a_code', message: 'm', request_id: 'req_2' }, 'a_code', 'req_2'],
    ['v2', { error: 'a_code', message: 'm' }, 'a_code', undefined],
    ['v2 with a sentence', { error: 'Not allowed here' }, undefined, undefined],
    ['nested', { error: { code: 'a_code', message: 'm' } }, 'a_code', undefined],
    ['problem+json', { type: 'https://e.example/p/a-code', title: 'T', status: 409, detail: 'd' }, 'a-code', undefined],
    ['problem+json without a type', { type: 'about:blank', title: 'T' }, undefined, undefined],
    ['a code with spaces', { code: 'this is no code', request_id: 'nor an id' }, undefined, undefined],
    ['a code that is too long', { code: 'x'.repeat(65) }, undefined, undefined],
    ['a list', [1, 2], undefined, undefined],
    ['null', null, undefined, undefined],
  ])('body: %s', async (_name, body, code, requestId) => {
    server.handler = replyJson(409, body);
    const error = await errorOf(client.runs.get('run-1'));
    expect(error).toMatchObject({ kind: 'conflict' });
    expect([error.code, error.requestId]).toEqual([code, requestId]);
  });

  it.each([
    ['HTML', '<html><h1>Bad gateway</h1></html>'],
    ['empty', ''],
    ['cut JSON', '{"code":"a'],
    ['too large', ' '.repeat(duvo.MAX_RESPONSE_BYTES + 1)],
  ])('keeps its kind when the body is %s', async (_name, body) => {
    server.handler = replyText(502, body, { 'content-type': 'application/json', 'x-request-id': 'req_9' });
    const error = await errorOf(client.runs.get('run-1'));
    expect(error).toMatchObject({ kind: 'server', status: 502, requestId: 'req_9' });
    expect(error.message).not.toContain('Bad');
  });

  it('keeps its kind when the body is interrupted', async () => {
    server.handler = (_request, response) => {
      response.writeHead(429, { 'content-length': '100', 'retry-after': '7' });
      response.write('{', () => response.destroy());
    };
    expect(await errorOf(client.runs.get('run-1'))).toMatchObject({ kind: 'rate-limited', retryAfterMs: 7000 });
  });

  it.each([
    ['field', [{ field: 'agent_id', message: 'no' }], ['agent_id']],
    ['field, two', [{ field: 'agent_id' }, { field: 'sandbox_id' }, { field: 'agent_id' }], ['agent_id', 'sandbox_id']],
    ['loc', [{ loc: ['body', 'labels', 0], msg: 'no' }], ['body.labels.0']],
    ['pointer', [{ pointer: '#/message', detail: 'no' }], ['message']],
    ['by field', { agent_id: ['no'], sandbox_id: ['no'] }, ['agent_id', 'sandbox_id']],
    ['one', { field: 'agent_id', reason: 'no' }, ['agent_id']],
    ['words', [{ field: 'what you wrote there' }, 'no', null], []],
  ])('422 names the fields: %s', async (_name, details, fields) => {
    server.handler = replyJson(422, { code: 'invalid', details });
    const error = await errorOf(client.runs.start({ agentId: 'a', message: 'a message' }, { idempotencyKey: 'k' }));
    expect(error.field).toBe(fields[0]);
    expect(error.message).toContain(fields.length > 0 ? `check ${fields.join(', ')} (` : 'invalid (');
  });

  it.each([
    ['insufficient_scope', 'the scope runs:read is missing: add it to the key'],
    ['workspace_policy_denied', 'ask an administrator'],
    ['approval_required', 'requires an approval'],
  ])('403 with the code %s names the fix', async (code, words) => {
    server.handler = replyJson(403, { code, message: 'm' });
    const error = await errorOf(client.runs.get('run-1'));
    expect(error).toMatchObject({ kind: 'forbidden', code });
    expect(error.message).toContain(words);
  });

  it('yields an error that can be logged as JSON', async () => {
    server.handler = replyJson(404, v1Error);
    const error = await errorOf(client.runs.get('run-1'));
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'DuvoNotFoundError',
      message: error.message,
      kind: 'not-found',
      operation: 'runs.get',
      method: 'GET',
      path: '/v1/runs/{run_id}',
      status: 404,
      code: 'some_code',
      hasErrorBody: true,
      requestId: 'req_1',
      serverTime: expect.any(String) as string,
      reached: 'yes',
    });
    expect(error.cause).toBeUndefined();
    expect(Object.values(error)).not.toContain(undefined);
  });
});

describe('a 2xx response that violates the API contract', () => {
  const run = { id: 'r', status: 'running' };
  const request = { id: 'q', type: 'approval', title: 't' };
  const get = (one: duvo.DuvoClient) => one.runs.get('run-1');
  const start = (one: duvo.DuvoClient) => one.runs.start({ agentId: 'a' }, { idempotencyKey: 'k' });
  const post = (one: duvo.DuvoClient) => one.runs.postMessage('run-1', 'text', { idempotencyKey: 'k' });
  const stop = (one: duvo.DuvoClient) => one.runs.stop('run-1', { idempotencyKey: 'k' });

  it.each([
    ['HTML', get, '<html>Log in</html>', 'body'],
    ['empty', get, '', 'body'],
    ['cut off', get, '{"run":', 'body'],
    ['a list', get, '[]', 'body'],
    ['null', get, 'null', 'body'],
    ['text', get, '"run"', 'body'],
    ['too large', get, ' '.repeat(duvo.MAX_RESPONSE_BYTES + 1), 'body'],
    ['no run', get, '{}', 'run'],
    ['a run that is a string', get, '{"run":"r"}', 'run'],
    ['no run id', get, JSON.stringify({ run: { status: 'running' } }), 'run.id'],
    ['an empty run id', get, JSON.stringify({ run: { id: '', status: 'running' } }), 'run.id'],
    ['no run status', get, JSON.stringify({ run: { id: 'r' } }), 'run.status'],
    ['a status that is a number', get, JSON.stringify({ run: { id: 'r', status: 3 } }), 'run.status'],
    ['started null', start, '{"run":null}', 'run'],
    ['started without id', start, '{"run":{"status":"pending"}}', 'run.id'],
    ...['id', 'type', 'title'].map(
      (field) =>
        [
          `a request without ${field}`,
          get,
          JSON.stringify({ run, pending_human_request: { ...request, [field]: undefined } }),
          `pending_human_request.${field}`,
        ] as const,
    ),
    [
      'a question without text',
      get,
      JSON.stringify({ run, pending_human_request: { ...request, questions: [{ header: 'h' }] } }),
      'pending_human_request.questions[0].question',
    ],
    ['a message without id', post, '{"message":{"type":"text"}}', 'message.id'],
    ['stop without success', stop, '{}', 'success'],
    ['messages', (one: duvo.DuvoClient) => one.runs.listMessagesPage('r'), '{"data":[]}', 'messages'],
    [
      'one of the messages',
      (one: duvo.DuvoClient) => one.runs.listMessagesPage('r'),
      '{"messages":[{"id":"1"},{}]}',
      'messages[1].id',
    ],
    ['one of the runs', (one: duvo.DuvoClient) => one.runs.listPage(), '{"data":[{"id":"1"}]}', 'data[0].status'],
    ['no runs', (one: duvo.DuvoClient) => one.runs.listPage(), '{}', 'data'],
    [
      'HTML to an answer',
      (one: duvo.DuvoClient) => one.runs.respond('r', 'q', { approved: true }, { idempotencyKey: 'k' }),
      '<html>',
      'body',
    ],
  ] as const)('%s', async (_name, call, body, field) => {
    server.handler = replyText(200, body, { 'content-type': 'application/json', 'request-id': 'req_3' });
    const error = await errorOf(call(client));
    expect(error).toBeInstanceOf(duvo.DuvoContractViolationError);
    expect(error).toMatchObject({
      kind: 'contract-violation',
      status: 200,
      field,
      requestId: 'req_3',
      reached: 'maybe',
    });
    expect(error.message).toContain(`${error.operation}: `);
    expect(error.message).toContain(`: ${field} is `);
  });
});

test.each([
  ['a missing field', '{"run":{"id":"r"}}', 'run.status is missing'],
  ['an empty text', '{"run":{"id":"","status":"running"}}', 'run.id is empty'],
  ['another type', '{"run":{"id":"r","status":3}}', 'run.status is not of the type string'],
  ['null', '{"run":{"id":"r","status":null}}', 'run.status is not of the type string'],
  ['a missing object', '{}', 'run is missing'],
  ['a text for an object', '{"run":"a secret"}', 'run is not an object'],
  ['an empty body', '', 'body is empty'],
  ['a page of a proxy', '<html>a secret</html>', 'body is not a JSON object'],
])('the error of an unreadable response distinguishes %s', async (_name, body, problem) => {
  server.handler = replyText(200, body, { 'content-type': 'application/json' });
  const { message } = await errorOf(client.runs.get('run-1'));
  expect(message).toContain(`: ${problem}`);
  expect(message).not.toContain('secret');
});
