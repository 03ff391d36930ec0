import { DuvoInvalidInputError, DuvoTooLargeError, MAX_REQUEST_BYTES, type DuvoClient } from '../../../duvo';
import { createClient, errorOf, replyJson, TestServer } from '../../support/duvo/http-test-server';

let server: TestServer;
let client: DuvoClient;
let v1: DuvoClient;

beforeAll(async () => {
  server = await TestServer.start();
  client = createClient(server, { dialect: 'v2', teamId: 't' });
  v1 = createClient(server);
});

afterAll(async () => {
  await client.close();
  await v1.close();
  await server.stop();
});

beforeEach(() => server.requests.splice(0));

const mutate = { idempotencyKey: 'k' };
const circle: Record<string, unknown> = {};
circle['of'] = circle;
const wrong = (value: unknown) => value as never;

describe('an argument that is refused before anything is sent', () => {
  it.each<[string, string, (c: DuvoClient) => Promise<unknown>]>([
    ['agentId', 'empty', (c) => c.runs.start({ agentId: '' }, mutate)],
    ['agentId', 'missing', (c) => c.runs.start(wrong({}), mutate)],
    ['agentId', 'blank', (c) => c.runs.start({ agentId: ' ' }, mutate)],
    ['input', 'missing', (c) => c.runs.start(wrong(undefined), mutate)],
    ['message', 'a number', (c) => c.runs.start({ agentId: 'a', message: wrong(1) }, mutate)],
    ['sandboxId', 'empty', (c) => c.runs.start({ agentId: 'a', sandboxId: '' }, mutate)],
    ['webhookUrl', 'no URL', (c) => c.runs.start({ agentId: 'a', webhookUrl: 'example.com/x' }, mutate)],
    ['webhookUrl', 'a file', (c) => c.runs.start({ agentId: 'a', webhookUrl: 'file:///x' }, mutate)],
    ['runId', 'empty', (c) => c.runs.get('')],
    ['runId', 'another path', (c) => c.runs.get('..')],
    ['runId', 'this path', (c) => c.runs.get('.')],
    ['runId', 'half a character', (c) => c.runs.get('a\ud800')],
    ['runId', 'a number', (c) => c.runs.get(wrong(7))],
    ['runId', 'empty', (c) => c.runs.listMessagesPage('')],
    ['runId', 'empty', (c) => c.runs.postMessage('', 't', mutate)],
    ['runId', 'empty', (c) => c.runs.respond('', 'q', { approved: true }, mutate)],
    ['runId', 'empty', (c) => c.runs.stop('', mutate)],
    ['requestId', 'empty', (c) => c.runs.respond('r', '', { approved: true }, mutate)],
    ['text', 'empty', (c) => c.runs.postMessage('r', '', mutate)],
    ['limit', '0', (c) => c.runs.listMessagesPage('r', { limit: 0 })],
    ['limit', '51', (c) => c.runs.listMessagesPage('r', { limit: 51 })],
    ['limit', 'a fraction', (c) => c.runs.listMessagesPage('r', { limit: 1.5 })],
    ['offset', 'negative', (c) => c.runs.listMessagesPage('r', { offset: -1 })],
    ['limit', '101', (c) => c.runs.listPage({ limit: 101 })],
    ['offset', 'NaN', (c) => c.runs.listPage({ offset: NaN })],
    ['status', 'a number', (c) => c.runs.listPage({ status: wrong(1) })],
    ['answer', 'missing', (c) => c.runs.respond('r', 'q', wrong(undefined), mutate)],
    ['answer', 'empty', (c) => c.runs.respond('r', 'q', wrong({}), mutate)],
    ['answer', 'both', (c) => c.runs.respond('r', 'q', wrong({ approved: true, answers: { a: 'b' } }), mutate)],
    ['answer.approved', 'text', (c) => c.runs.respond('r', 'q', wrong({ approved: 'yes' }), mutate)],
    ['answer.approved', 'null', (c) => c.runs.respond('r', 'q', wrong({ approved: null }), mutate)],
    ['answer.answers', 'empty', (c) => c.runs.respond('r', 'q', { answers: {} }, mutate)],
    ['answer.answers', 'a list', (c) => c.runs.respond('r', 'q', wrong({ answers: ['a'] }), mutate)],
    ['answer.answers', 'not texts', (c) => c.runs.respond('r', 'q', wrong({ answers: { a: ['b'] } }), mutate)],
    ...(
      [
        ['missing', undefined],
        ['empty', ''],
        ['blank', ' '],
        ['padded', ' k'],
        ['too long', 'k'.repeat(256)],
        ['of two lines', 'a\r\nx-evil: 1'],
        ['no ASCII', 'clé'],
      ] as const
    ).flatMap(([name, key]): [string, string, (c: DuvoClient) => Promise<unknown>][] => [
      ['idempotencyKey', name, (c) => c.runs.start({ agentId: 'a' }, { idempotencyKey: wrong(key) })],
      ['idempotencyKey', name, (c) => c.runs.stop('r', { idempotencyKey: wrong(key) })],
    ]),
    ['idempotencyKey', 'without options', (c) => c.runs.stop('r', wrong(undefined))],
    ['name', 'empty', (c) => c.agents.create({ name: '' }, mutate)],
    ['sourceBuildId', 'empty', (c) => c.agents.create({ name: 'N', sourceBuildId: '' }, mutate)],
    ['build', 'a text', (c) => c.agents.create({ name: 'N', build: wrong('b') }, mutate)],
    ['input', 'a circle', (c) => c.agents.create({ name: 'N', build: circle }, mutate)],
    ['agentId', 'empty', (c) => c.agents.get('')],
    ['limit', '101', (c) => c.agents.listPage({ limit: 101 })],
    ['queueId', 'empty', (c) => c.queues.get('')],
    ['limit', '251', (c) => c.queues.listPage({ limit: 251 })],
    ['queueId', 'empty', (c) => c.cases.create({ queueId: '', cases: [{ title: 'T' }] }, mutate)],
    ['cases', 'none', (c) => c.cases.create({ queueId: 'q', cases: [] }, mutate)],
    ['cases', '101', (c) => c.cases.create({ queueId: 'q', cases: wrong(Array(101).fill({ title: 'T' })) }, mutate)],
    ['cases[0]', 'a text', (c) => c.cases.create({ queueId: 'q', cases: wrong(['T']) }, mutate)],
    ...(
      [
        ['title', 'empty', { title: '' }],
        ['title', '501 characters', { title: 'x'.repeat(501) }],
        ['data', 'an object', { title: 'T', data: {} }],
        ['priority', 'unknown', { title: 'T', priority: 'urgent' }],
        ['labels', 'a text', { title: 'T', labels: 'l' }],
        ['labels', '51', { title: 'T', labels: Array(51).fill({ value: 'v' }) }],
        ['labels[0].value', 'empty', { title: 'T', labels: [{ value: '' }] }],
        ['labels[0].key', 'a number', { title: 'T', labels: [{ key: 1, value: 'v' }] }],
      ] as const
    ).map(([field, name, one]): [string, string, (c: DuvoClient) => Promise<unknown>] => [
      `cases[1].${field}`,
      name,
      (c) => c.cases.create({ queueId: 'q', cases: [{ title: 'T' }, wrong(one)] }, mutate),
    ]),
    ['caseId', 'empty', (c) => c.cases.get('')],
    ['caseId', 'empty', (c) => c.cases.runs('')],
    ['queueId', 'missing', (c) => c.cases.listPage(wrong({}))],
    ['limit', '101', (c) => c.cases.listPage({ queueId: 'q', limit: 101 })],
    ['sandboxId', 'empty', (c) => c.sandboxes.createUploadUrl('', '/x', mutate)],
    ['path', 'empty', (c) => c.sandboxes.createUploadUrl('s', '', mutate)],
    ['sandboxId', 'empty', (c) => c.sandboxes.files('')],
    ['path', 'a number', (c) => c.sandboxes.files('s', wrong(1))],
  ])('%s: %s', async (field, _name, call) => {
    const error = await errorOf(call(client));
    expect(error).toBeInstanceOf(DuvoInvalidInputError);
    expect(error).toMatchObject({ kind: 'invalid-input', field, reached: 'no' });
    expect(error.message).toContain(`the argument ${field} `);
    expect(server.requests).toHaveLength(0);
  });

  it('an idempotency key of 255 characters is accepted', async () => {
    server.handler = replyJson(200, { success: true });
    await client.runs.stop('r', { idempotencyKey: 'k'.repeat(255) });
    expect(server.requests).toHaveLength(1);
  });

  it('a title of 500 characters is accepted, also when they are emoji', async () => {
    server.handler = replyJson(201, { added_cases: [] });
    await v1.cases.create({ queueId: 'q', cases: [{ title: '🧾'.repeat(500) }] }, mutate);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a request that is too large', () => {
  const big = 'é'.repeat(MAX_REQUEST_BYTES / 2);
  it.each<[string, string, (c: DuvoClient) => Promise<unknown>]>([
    ['start', 'message', (c) => c.runs.start({ agentId: 'a', message: big }, mutate)],
    ['start', 'agent_id', (c) => c.runs.start({ agentId: 'a'.repeat(MAX_REQUEST_BYTES) }, mutate)],
    ['postMessage', 'message', (c) => c.runs.postMessage('r', big, mutate)],
    ['respond', 'answers', (c) => c.runs.respond('r', 'q', { answers: { a: big } }, mutate)],
  ])('%s: %s', async (_name, field, call) => {
    const error = await errorOf(call(client));
    expect(error).toBeInstanceOf(DuvoTooLargeError);
    expect(error).toMatchObject({ kind: 'too-large', field, reached: 'no' });
    expect(error.message).toContain(
      `${field} is too large: the whole request may have at most ${MAX_REQUEST_BYTES} bytes`,
    );
    expect(server.requests).toHaveLength(0);
  });

  it('of exactly the maximum size is sent', async () => {
    server.handler = replyJson(201, { message: { id: 'm' } });
    await v1.runs.postMessage('r', 'x'.repeat(MAX_REQUEST_BYTES - '{"message":""}'.length), mutate);
    expect(server.requests[0]?.body).toHaveLength(MAX_REQUEST_BYTES);
    expect(await errorOf(client.runs.postMessage('r', 'x'.repeat(MAX_REQUEST_BYTES - 13), mutate))).toMatchObject({
      kind: 'too-large',
    });
  });
});
