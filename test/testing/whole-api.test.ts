import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { DuvoSimulator } from '../../testing';
import { SIMULATOR_TEAM_ID, type SimulatorOptions } from '../../testing';
import { SimulatorRequests } from '../support/simulator-requests';

const published = JSON.parse(readFileSync(join(__dirname, '../support/duvo/published-v2.json'), 'utf8')) as {
  error: object;
  operations: Record<string, { answer: object }>;
};
const ajv = new Ajv({ strict: false });
addFormats(ajv);

/**
 * Response validators by operation. They accept what the published document describes and refuse any additional field.
 */
const answers = new Map<string, ValidateFunction>(
  Object.entries(published.operations).map(([id, { answer }]) => [id, ajv.compile(closed(answer) as object)]),
);
const refusal = ajv.compile(closed(published.error) as object);

/** Adds `additionalProperties: false` to every schema that lists properties. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in copy && !('additionalProperties' in copy) ? { ...copy, additionalProperties: false } : copy;
}

const requests = new SimulatorRequests();
const call = requests.call.bind(requests);
let simulator: DuvoSimulator;
const begin = async (options: SimulatorOptions = {}) => {
  simulator = await requests.start(options);
};
afterEach(() => requests.close());

const AGENT = 'b1f8a3c0-4f0e-4f57-8f5c-0f3a52a4f001';
const team = `/v2/teams/${SIMULATOR_TEAM_ID}`;

test('the response of every v2 operation matches the published document', async () => {
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
  await check('postRunMessage', 'POST', `/v2/runs/${run?.id}/messages`, { message: 'Continue.' }, 201);
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

test('v1 has the operations of its reference, with its statuses, and no others', async () => {
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

describe('v2 refuses an invalid request with the error body of the published document', () => {
  test.each([
    ['an unknown field', 'POST', `${team}/runs`, { agent_id: AGENT, extra: 1 }, 422],
    ['an unknown parameter', 'GET', `${team}/runs?page=2`, undefined, 422],
    ['an unknown status', 'GET', `${team}/runs?status=gone`, undefined, 422],
    ['another team', 'GET', '/v2/teams/other/runs', undefined, 404],
    ['both a case and cases', 'POST', '/v2/queues/q/cases', { case: { title: 't' }, cases: [{ title: 't' }] }, 400],
    ['101 cases', 'POST', '/v2/queues/q/cases', { cases: Array(101).fill({ title: 't' }) }, 422],
    ['an unknown sandbox', 'GET', '/v2/sandboxes/s/files', undefined, 404],
    ['an unknown path', 'GET', '/v2/nothing', undefined, 404],
  ] as [string, string, string, unknown, number][])('%s', async (_what, method, path, body, status) => {
    await begin();
    simulator.script(AGENT, { steps: [] });
    simulator.addQueue({ id: 'q' });
    const answer = await call(method, path, body);
    expect(answer.status).toBe(status);
    expect(refusal(answer.body)).toBe(true);
  });

  test('a file over 10 MB, a form without the field `file`, and a JSON body are refused', async () => {
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
