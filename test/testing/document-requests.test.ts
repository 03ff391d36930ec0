import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DuvoSimulator, SIMULATOR_TEAM_ID } from '../../testing';
import { variantsOf } from '../support/duvo/document-variants';
import type { Schema } from '../support/duvo/schema';
import { SimulatorRequests } from '../support/simulator-requests';

const { operations } = JSON.parse(readFileSync(join(__dirname, '../support/duvo/published-v2.json'), 'utf8')) as {
  operations: Record<string, { method: string; path: string; query?: Record<string, Schema>; body?: Schema }>;
};

const AUTOMATION = '7d9b1f0e-23f5-4a43-9f2e-1f0a1f6c2a10';
const [FIRST, SECOND] = ['b1f8a3c0-4f0e-4f57-8f5c-0f3a52a4f001', 'b1f8a3c0-4f0e-4f57-8f5c-0f3a52a4f002'] as const;
const QUEUE = 'c1f8a3c0-4f0e-4f57-8f5c-0f3a52a4f003';
const AFTER_ALL = '2099-01-01T00:00:00Z';

const requests = new SimulatorRequests();
let simulator: DuvoSimulator;
let ids: Record<string, string>;
let withSchedule: string;

const idOf = (body: unknown, part: string) => (body as Record<string, { id: string }>)[part]?.id ?? '';
const post = async (path: string, body?: unknown) => (await requests.call('POST', path, body)).body;

/** Creates two of everything, so that each documented filter can leave one out. */
beforeAll(async () => {
  simulator = await requests.start();
  for (const agent of [FIRST, SECOND])
    simulator.script(agent, { steps: [{ status: 'running' }, { status: 'running' }] });
  simulator.addQueue({ id: QUEUE, agentId: SECOND });
  simulator.addQueue({ automationId: AUTOMATION });
  const team = `/v2/teams/${SIMULATOR_TEAM_ID}`;
  const config = {
    version: 'v2',
    data: { models: { agent: { model: 'm' }, browsing: { provider: 'google', model: 'b' } }, input: 'Read it' },
  };
  const created = await post(`${team}/agents`, { name: 'A', automation_id: AUTOMATION, build: { name: 'b', config } });
  withSchedule = idOf(created, 'agent');
  simulator.addAgentSchedule(withSchedule);
  const run = idOf(await post(`${team}/runs`, { agent_id: FIRST, message: 'Read invoice 4711' }), 'run');
  await post(`/v2/runs/${run}/stop`);
  await post(`/v2/runs/${run}/messages`, { message: 'Continue.' });
  await post(`/v2/runs/${run}/stop`);
  const cases = [{ title: 'A supplier', priority: 'high' }, { title: 'A customer' }];
  const { added_cases: added } = await post(`/v2/queues/${QUEUE}/cases`, { cases });
  simulator.settleCase((added as { id: string }[])[0]?.id ?? '', 'failed');
  const { sandbox_id: sandbox } = await post('/v2/sandboxes');
  const form = new FormData();
  form.set('path', 'in/a.txt');
  form.set('file', new Blob(['some text']), 'a.txt');
  await post(`/v2/sandboxes/${String(sandbox)}/files`, form);
  ids = { run_id: run, queue_id: QUEUE, sandbox_id: String(sandbox), teamId: SIMULATOR_TEAM_ID, agent_id: FIRST };
});
afterAll(() => requests.close());

const pathOf = (path: string) => path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'none');
const get = (id: string, query: Record<string, string> = {}) =>
  requests.call('GET', `${pathOf(operations[id]?.path ?? '')}?${new URLSearchParams(query).toString()}`);

type Row = Record<string, unknown>;
/** The rows of a list's response: its only array. */
const rowsOf = (body: Record<string, unknown>) => Object.values(body).find(Array.isArray) as Row[];
const all = (test: (row: Row) => boolean) => (rows: Row[]) => rows.length > 0 && rows.every(test);
const startingWith = (first: unknown, field: string) => (rows: Row[]) => rows.length > 1 && rows[0]?.[field] === first;
const none = (rows: Row[]) => rows.length === 0;
const one = (rows: Row[]) => rows.length === 1;

/** What each documented parameter does to the rows; `refused` where the simulator has no data for the filter. */
type Effect = [value: string, holds: (rows: Row[]) => boolean] | 'refused';
const PAGE: Record<string, Effect> = { limit: ['1', one], offset: ['1000', none] };
const EFFECTS: Record<string, Record<string, Effect>> = {
  listAgents: {
    ...PAGE,
    automation_id: [AUTOMATION, all((row) => row['automation_id'] === AUTOMATION)],
    include_schedules: [
      'true',
      (rows) => rows.some(({ latest_build: build }) => ((build as Row | null)?.['schedules'] as Row[])?.length === 1),
    ],
  },
  listQueues: { ...PAGE, automation_id: [AUTOMATION, all((row) => row['automation_id'] === AUTOMATION)] },
  listRunMessages: PAGE,
  listRuns: {
    ...PAGE,
    sort_by: ['created_at', startingWith('A customer', 'title')],
    sort_order: ['asc', startingWith('Read invoice 4711', 'title')],
    status: ['stopped', all((row) => row['status'] === 'stopped')],
    agent_id: [FIRST, all((row) => row['agent_id'] === FIRST)],
    case_queue_id: [QUEUE, all((row) => row['case_queue_id'] === QUEUE)],
    source: ['api', all((row) => row['source'] === 'api')],
    search: ['SUPPLIER', all((row) => row['case_title'] === 'A supplier')],
    since: [AFTER_ALL, none],
    user_id: 'refused',
    has_issues: 'refused',
    issue_severity: 'refused',
    digest_id: 'refused',
  },
  listCases: {
    ...PAGE,
    status: ['completed,failed', all((row) => row['status'] === 'failed')],
    priority: ['medium,high', all((row) => row['priority'] === 'high')],
    search: ['customer', all((row) => row['title'] === 'A customer')],
    created_at_from: [AFTER_ALL, none],
    updated_at_from: [AFTER_ALL, none],
    sort_by: ['updated_at', startingWith('A supplier', 'title')],
    sort_order: ['asc', (rows) => rows.length === 2],
  },
  listSandboxFiles: { path: ['/workspace/in', all((row) => row['name'] === 'a.txt')] },
};

const PARAMETERS = Object.entries(operations).flatMap(([id, { query = {} }]) =>
  Object.entries(query).map(([name, schema]): [string, string, Schema] => [id, name, schema]),
);

describe('every query parameter of the published document has its effect, or is refused by name', () => {
  test.each(PARAMETERS)('%s %s', async (id, name, schema) => {
    const effect = EFFECTS[id]?.[name];
    if (effect === undefined) throw new Error(`the test does not know what ${id} does with ${name}`);
    if (effect === 'refused') {
      const [value] = schema.enum ?? [FIRST];
      const { status, body } = await get(id, { [name]: String(value) });
      expect([status, body['error'], body['message']]).toEqual([422, 'not_simulated', expect.stringContaining(name)]);
      return;
    }
    const [value, holds] = effect;
    const unfiltered = rowsOf((await get(id)).body);
    const { status, body } = await get(id, { [name]: value });
    expect([status, rowsOf(body)]).toEqual([200, expect.anything()]);
    expect({ rows: rowsOf(body), holds: holds(rowsOf(body)) }).toMatchObject({ holds: true });
    if (!['sort_by', 'sort_order'].includes(name)) expect(rowsOf(body)).not.toEqual(unfiltered);
  });

  test.each(PARAMETERS.filter(([, , { type, enum: values, format }]) => type !== 'string' || values || format))(
    '%s refuses a wrong value of %s by name',
    async (id, name) => {
      const { status, body } = await get(id, { [name]: ' 0x7 ' });
      if (['agent_id', 'case_queue_id'].includes(name)) return expect(rowsOf(body)).toEqual([]);
      expect([status, body['message']]).toEqual([422, expect.stringContaining(`(${name})`)]);
    },
  );

  test.each(Object.entries(operations).filter(([, { method }]) => method === 'GET'))(
    '%s refuses a parameter that the document does not have, and a repeated parameter',
    async (id, { path, query = {} }) => {
      const { status, body } = await get(id, { page: '2' });
      expect([status, body['message']]).toEqual([422, expect.stringContaining('(page)')]);
      const [name] = Object.keys(query);
      if (name === undefined) return;
      const repeated = await requests.call('GET', `${pathOf(path)}?${name}=1&${name}=2`);
      expect([repeated.status, repeated.body['message']]).toEqual([422, expect.stringContaining(`(${name})`)]);
    },
  );
});

test('a list of cases refuses an unknown status in the list, and accepts times with an offset', async () => {
  expect((await get('listCases', { status: 'pending,gone' })).body['message']).toContain('(status.1)');
  const { body } = await get('listCases', { created_at_from: new Date().toISOString().replace('Z', '+14:00') });
  expect(rowsOf(body)).toHaveLength(2);
});

const BODIES = Object.entries(operations).flatMap(([id, { path, body }]) =>
  [...variantsOf(body ?? {})]
    .filter(([place]) => place !== '')
    .map(([place, value]) => [id, place, path, value] as const),
);

describe('every documented field of a request is accepted, and null where the document allows null', () => {
  test.each(BODIES)('%s %s', async (_id, _place, path, body) => {
    const needed = 'sandbox_id' in (body as object) ? { sandbox_id: ids['sandbox_id'] } : {};
    const { status, body: response } = await requests.call('POST', pathOf(path), { ...(body as object), ...needed });
    // The agents, runs and gates of the document's samples do not exist; a refused field has the status 422.
    expect([status, response['message']]).not.toEqual([422, expect.anything()]);
  });

  test('the document has nullable fields in requests', () => {
    expect(BODIES.filter(([, place]) => place.endsWith('null')).length).toBeGreaterThan(7);
  });
});
