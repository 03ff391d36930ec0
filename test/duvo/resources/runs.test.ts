import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { createClient, errorOf, replyJson, replyText } from '../../support/duvo/http-test-server';

setUpClient();

const mutate = { idempotencyKey: 'wf/1:start' };
const wireRun = {
  id: 'run-1',
  agent_id: 'agent-1',
  build_id: 'build-1',
  status: 'running',
  source: null,
  sandbox_id: 'sandbox-1',
  started_at: '2026-01-01T00:00:01Z',
  completed_at: null,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:02Z',
  human_in_the_loop_enabled: true,
  owner: { id: 'u' },
  outcome: 'good',
};
const run = {
  id: 'run-1',
  agentId: 'agent-1',
  status: 'running',
  sandboxId: 'sandbox-1',
  startedAt: '2026-01-01T00:00:01Z',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:02Z',
  owner: { id: 'u' },
  outcome: 'good',
  unknownFields: { build_id: 'build-1', human_in_the_loop_enabled: true },
};
describe('a run', () => {
  it.each([
    ['wrapped', { run: wireRun }],
    ['bare', wireRun],
  ])('is read when it is %s', async (_name, body) => {
    server.handler = replyJson(200, body, { date: 'Sun, 06 Nov 1994 08:49:37 GMT' });
    expect(await client.runs.get('run-1')).toEqual({ run, serverTime: '1994-11-06T08:49:37.000Z' });
  });

  it.each([201, 202])('is read from a start with status %i', async (status) => {
    server.handler = replyJson(status, { run: { ...wireRun, status: 'pending' } });
    expect((await client.runs.start({ agentId: 'a' }, mutate)).run).toEqual({ ...run, status: 'pending' });
    server.handler = replyJson(status, { id: 'run-2', status: 'pending' });
    expect((await client.runs.start({ agentId: 'a' }, mutate)).run).toEqual({
      id: 'run-2',
      status: 'pending',
      unknownFields: {},
    });
  });

  it('may no longer exist', async () => {
    server.handler = replyJson(200, { run: null });
    expect(await client.runs.get('run-1')).toMatchObject({ run: null });
  });

  it('may have optional fields of the wrong type, or a leading byte order mark', async () => {
    server.handler = replyText(200, `\uFEFF${JSON.stringify({ run: { id: 'r', status: 'running', created_at: 5 } })}`);
    expect((await client.runs.get('r')).run).toEqual({ id: 'r', status: 'running', unknownFields: {} });
  });

  it.each([
    ...['not_started', 'pending', 'starting', 'running', 'needs_attention', 'waiting'].map((same) => [same, same]),
    ...['completed', 'failed', 'interrupted', 'canceled'].map((same) => [same, same]),
    ['stopped', 'canceled'],
    ['cancelled', 'canceled'],
    ['Cancelled', 'canceled'],
    ['COMPLETED', 'completed'],
    ['Something New', 'Something New'],
    ['constructor', 'constructor'],
  ])('with the status %s is %s', async (status, normalised) => {
    server.handler = replyJson(200, { run: { id: 'r', status } });
    expect((await client.runs.get('r')).run?.status).toBe(normalised);
  });
});

describe('a pending human request', () => {
  const pendingOf = async (request: unknown) => {
    server.handler = replyJson(200, { run: { ...wireRun, status: 'waiting' }, pending_human_request: request });
    return (await client.runs.get('run-1')).pendingRequest;
  };

  it('is read with all its fields', async () => {
    const request = {
      id: 'q',
      type: 'question',
      title: 'T',
      description: 'D',
      created_at: '2026-01-01T00:00:00Z',
      questions: [
        {
          question: 'A?',
          header: 'H',
          options: [{ label: 'x', description: 'X' }, { label: 'y' }],
          multi_select: true,
        },
        { question: 'B?' },
      ],
    };
    expect(await pendingOf(request)).toEqual({
      id: 'q',
      type: 'question',
      title: 'T',
      description: 'D',
      createdAt: '2026-01-01T00:00:00Z',
      questions: [
        { question: 'A?', header: 'H', options: [{ label: 'x', description: 'X' }, { label: 'y' }], multiSelect: true },
        { question: 'B?' },
      ],
    });
  });

  it.each([
    ['approval', undefined, 'approval'],
    ['question', undefined, 'question'],
    ['form', [{ question: 'A?' }], 'unknown'],
    ['form', [], 'unknown'],
    ['signature', null, 'unknown'],
  ])('of type %s with questions %j is of type %s', async (type, questions, expected) => {
    expect((await pendingOf({ id: 'q', type, title: 'T', description: null, questions }))?.type).toBe(expected);
  });

  it('may be null or absent, and may be in a run without an envelope', async () => {
    expect(await pendingOf(null)).toBeUndefined();
    expect(await pendingOf(undefined)).toBeUndefined();
    const request = { id: 'q', type: 'approval', title: 'T' };
    const withRequest = { ...wireRun, pending_human_request: request };
    for (const body of [withRequest, { run: withRequest }]) {
      server.handler = replyJson(200, body);
      const view = await client.runs.get('run-1');
      expect([view.run, view.pendingRequest]).toEqual([run, request]);
    }
  });
});

describe('messages', () => {
  const wire = { id: 'm', type: 'text', role: 'assistant', timestamp: '2026-01-01T00:00:00Z', text_content: 'Hi' };
  const message = {
    id: 'm',
    type: 'text',
    role: 'assistant',
    timestamp: '2026-01-01T00:00:00Z',
    text: 'Hi',
    unknownFields: {},
  };

  it('are read with their unknown fields', async () => {
    const call = { id: 't', name: 'n', arguments: { a: [1] } };
    const result = { tool_call_id: 't', result: { b: 2 }, error: 'e' };
    const more = { files: [{ name: 'f' }], tool_call: 'none that can be read' };
    const rows = [wire, { id: 'm2', tool_call: call }, { id: 'm3', tool_result: result }, { id: 'm4', ...more }];
    server.handler = replyJson(200, { messages: rows, total: 7, limit: 2, offset: 4 });
    expect(await client.runs.listMessagesPage('r', { limit: 2, offset: 4 })).toEqual({
      messages: [
        message,
        { id: 'm2', toolCall: call, unknownFields: {} },
        { id: 'm3', toolResult: { toolCallId: 't', result: { b: 2 }, error: 'e' }, unknownFields: {} },
        { id: 'm4', unknownFields: more },
      ],
      total: 7,
      limit: 2,
      offset: 4,
    });
  });

  it.each([
    [{}, 20, 0],
    [{ limit: 5, offset: 10 }, 5, 10],
  ])('have the limit and offset of the query %j when the response has none', async (query, limit, offset) => {
    server.handler = replyJson(200, { messages: [] });
    expect(await client.runs.listMessagesPage('r', query)).toMatchObject({ messages: [], limit, offset });
  });

  it.each([
    ['wrapped', { message: wire }],
    ['bare', wire],
  ])('are posted, and read back when %s', async (_name, body) => {
    server.handler = replyJson(201, body);
    expect(await client.runs.postMessage('r', 'Hi', mutate)).toEqual(message);
  });
});

describe('the list of runs', () => {
  it.each(['data', 'runs'])('is read from %s', async (name) => {
    server.handler = replyJson(200, { [name]: [wireRun, { id: 'x', status: 'stopped', title: 't' }], total: 2 });
    expect(await client.runs.listPage()).toEqual({
      runs: [run, { id: 'x', status: 'canceled', unknownFields: { title: 't' } }],
      total: 2,
      serverTime: expect.any(String) as string,
    });
  });

  it.each([404, 405])('is not requested again after a %i', async (status) => {
    server.handler = replyJson(status, { code: 'nope' });
    expect(await errorOf(client.runs.listPage())).toMatchObject({
      kind: 'not-supported',
      status,
      code: 'nope',
      reached: 'yes',
    });
    server.handler = replyJson(200, { data: [] });
    expect(await errorOf(client.runs.listPage())).toMatchObject({
      kind: 'not-supported',
      reached: 'no',
      name: 'DuvoNotSupportedError',
    });
    expect(server.requests).toHaveLength(1);
    const other = createClient(server);
    expect(await other.runs.listPage()).toMatchObject({ runs: [] });
    await other.close();
  });

  it.each([403, 429, 500])('is requested again after a %i', async (status) => {
    server.handler = replyJson(status, {});
    expect((await errorOf(client.runs.listPage())).kind).not.toBe('not-supported');
    server.handler = replyJson(200, { data: [] });
    expect(await client.runs.listPage()).toMatchObject({ runs: [] });
  });
});
