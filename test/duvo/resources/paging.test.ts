import type { DuvoClient } from '../../../duvo';
import { client, server, setUpClient } from '../../support/duvo/client-setup';
import { createClient, errorOf, type RequestHandler, replyJson } from '../../support/duvo/http-test-server';

setUpClient();

const message = (n: number) => ({ id: `m${n}` });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_one, index) => message(from + index));

/** Serves pages by offset. `rowsAt` returns the rows at each request, `extra` the other fields of the response. */
function pages(rowsAt: (request: number) => unknown[], extra: (all: unknown[]) => object = () => ({})): RequestHandler {
  let request = 0;
  return (seen, response, raw) => {
    const query = new URL(seen.url, 'http://x').searchParams;
    const [limit, offset] = [Number(query.get('limit')), Number(query.get('offset'))];
    const all = rowsAt(request++);
    replyJson(200, { messages: all.slice(offset, offset + limit), ...extra(all) })(seen, response, raw);
  };
}

async function idsOf(rows: AsyncIterable<{ id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of rows) ids.push(id);
  return ids;
}

const ids = (from: number, to: number) => range(from, to).map(({ id }) => id);
const total = (all: unknown[]) => ({ total: all.length });

describe('the rows of a list', () => {
  it.each([
    ['a total in the response', 100, total, 2],
    ['an empty page when the response has no total', 100, () => ({}), 3],
    ['a page that is not full', 120, () => ({}), 3],
    ['an empty list', 0, () => ({}), 1],
    ['an empty page before a total that is too high', 60, () => ({ total: 1000 }), 3],
  ])('end at %s, with one page per request', async (_name, count, extra, requests) => {
    server.handler = pages(() => range(0, count), extra);
    expect(await idsOf(client.runs.listMessages('r'))).toEqual(ids(0, count));
    const offsets = Array.from({ length: requests }, (_one, index) => Math.min(index * 50, count));
    expect(server.requests.map(({ url }) => url)).toEqual(
      offsets.map((offset) => `/v1/runs/r/messages?limit=50&offset=${offset}`),
    );
  });

  it('are complete when the server returns smaller pages than requested', async () => {
    const small: RequestHandler = (seen, response, raw) => {
      const offset = Number(new URL(seen.url, 'http://x').searchParams.get('offset'));
      replyJson(200, { messages: range(0, 25).slice(offset, offset + 10), total: 25 })(seen, response, raw);
    };
    server.handler = small;
    expect(await idsOf(client.runs.listMessages('r'))).toEqual(ids(0, 25));
    expect(server.requests).toHaveLength(3);
  });

  it('are yielded once each while new rows move the others', async () => {
    server.handler = pages((request) => range(-3 * request, 20), total);
    expect(await idsOf(client.runs.listMessages('r', { limit: 5 }))).toEqual(ids(0, 20));
  });

  it('are complete when a whole page of new rows appears', async () => {
    server.handler = pages((request) => range(request === 0 ? 0 : -5, 15));
    expect(await idsOf(client.runs.listMessages('r', { limit: 5 }))).toEqual(ids(0, 15));
  });

  it('end when the server ignores the offset', async () => {
    server.handler = replyJson(200, { messages: range(0, 50) });
    expect(await idsOf(client.runs.listMessages('r'))).toEqual(ids(0, 50));
    expect(server.requests).toHaveLength(3);
  });

  it('are fetched only as far as they are consumed', async () => {
    server.handler = pages(() => range(0, 500), total);
    for await (const { id } of client.runs.listMessages('r', { limit: 5 })) if (id === 'm7') break;
    expect(server.requests).toHaveLength(2);
  });

  it('start at the offset of the query in pages of its limit, and fail with the error of a page', async () => {
    server.handler = pages(() => range(0, 12), total);
    expect(await idsOf(client.runs.listMessages('r', { limit: 4, offset: 6 }))).toEqual(ids(6, 12));
    server.handler = replyJson(500, {});
    expect(await errorOf(idsOf(client.runs.listMessages('r')))).toMatchObject({ kind: 'server' });
    expect(await errorOf(idsOf(client.runs.listMessages('r', { limit: 51 })))).toMatchObject({ field: 'limit' });
  });
});

describe('every list', () => {
  const rows = (name: string, row: object): RequestHandler => {
    const all = ['a', 'b', 'c'].map((id) => ({ ...row, id }));
    return (seen, response, raw) => {
      const query = new URL(seen.url, 'http://x').searchParams;
      const [limit, offset] = [Number(query.get('limit')), Number(query.get('offset'))];
      replyJson(200, { [name]: all.slice(offset, offset + limit), total: 3, limit, offset })(seen, response, raw);
    };
  };

  it('of runs keeps its filters on every page', async () => {
    server.handler = rows('data', { status: 'running' });
    expect(await idsOf(client.runs.list({ limit: 2, status: 'running', agentId: 'x' }))).toEqual(['a', 'b', 'c']);
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/v1/runs?limit=2&offset=0&status=running&agent_id=x',
      '/v1/runs?limit=2&offset=2&status=running&agent_id=x',
    ]);
  });

  it('of agents, queues and cases exists in v2 only', async () => {
    for (const each of [client.agents.list(), client.queues.list(), client.cases.list({ queueId: 'q' })]) {
      expect(await errorOf(idsOf(each))).toMatchObject({ kind: 'not-in-dialect' });
    }
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['agents', '/v2/teams/t/agents?', (c: DuvoClient) => c.agents.list({ limit: 2 })],
    ['queues', '/v2/teams/t/queues?', (c: DuvoClient) => c.queues.list({ limit: 2 })],
    ['cases', '/v2/queues/q/cases?', (c: DuvoClient) => c.cases.list({ queueId: 'q', limit: 2, status: 'failed' })],
  ])('of %s reads its second page', async (name, path, each) => {
    const v2 = createClient(server, { dialect: 'v2', teamId: 't' });
    server.handler = rows(name, wireRows[name as keyof typeof wireRows]);
    expect(await idsOf(each(v2))).toEqual(['a', 'b', 'c']);
    const filter = name === 'cases' ? '&status=failed' : '';
    const urls = [0, 2].map((offset) => `${path}limit=2&offset=${offset}${filter}`);
    expect(server.requests.map(({ url }) => url)).toEqual(urls);
    await v2.close();
  });
});

const wireRows = {
  agents: {
    name: 'n',
    slack_enabled: null,
    microsoft_teams_enabled: null,
    agentic_memory_enabled: null,
    team_id: null,
    thread_id: null,
    created_at: null,
    updated_at: null,
    pinned_at: null,
    last_run_at: null,
    latest_build: null,
    integration_configs: [],
    user_triggers: {},
    case_trigger_enabled: false,
    case_trigger_has_conflict: false,
    case_trigger_conflicting_agents: [],
    case_queue_name: null,
  },
  queues: { name: 'n', description: null, folder_id: null, created_at: '', has_approvals: false },
  cases: {
    queue_id: 'q',
    title: 't',
    data: '',
    status: 'failed',
    priority: 'none',
    display_status: 'failed',
    claimed_at: null,
    claimed_by_run_id: null,
    completed_at: null,
    postponed_to: null,
    created_at: '',
    updated_at: '',
    created_by_user_id: null,
    created_by_user_name: null,
    created_by_user_email: null,
    agent_run_status: null,
    agent_run_user_id: null,
    pending_human_request_id: null,
    pending_approval_batch_id: null,
    pending_approval_assignee_user_ids: [],
    approval_approved_count: 0,
    approval_rejected_count: 0,
    labels: [],
  },
};
