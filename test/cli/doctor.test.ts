import { randomUUID } from 'node:crypto';
import { DuvoWorkflows } from '../../client';
import { runCli } from '../../cli/program';
import type { Check } from '../../cli/doctor/check';
import { checkDuvo } from '../../cli/doctor/check-duvo';
import { createClient, replyJson, TestServer } from '../support/duvo/http-test-server';
import { eventually, type Stack, startStack } from '../support/stack';
import { collect } from '../support/collect';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const variables: Record<string, string | undefined> = {};
function set(env: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!(name in variables)) variables[name] = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
beforeEach(() =>
  set({
    DUVO_API_KEY: stack.simulator.apiKey,
    DUVO_API_BASE_URL: stack.simulator.url,
    DUVO_TASK_QUEUE: stack.taskQueue,
    DUVO_API_TASK_QUEUE: stack.apiTaskQueue,
  }),
);
afterAll(() => set(variables));

async function doctor(...args: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const output = {
    print: (text: string) => out.push(text),
    note: (text: string) => notes.push(text),
    isInteractive: false,
  };
  const code = await runCli(['doctor', '--address', stack.address, ...args], output);
  const checks = args.includes('--json') ? (JSON.parse(out.join('')) as Check[]) : [];
  return {
    code,
    text: out.join('\n'),
    notes: notes.join('\n'),
    /** Returns the check with this name. */
    on: (what: string) => checks.find((check) => check.check === what),
    broken: checks.filter(({ status }) => status === 'failed').map(({ check }) => check),
  };
}

test('a missing namespace fails with its fix, and the other checks continue', async () => {
  const { code, on, broken } = await doctor('--json', '--namespace', 'nowhere');
  expect({ code, broken }).toEqual({ code: 1, broken: ['namespace'] });
  expect(on('namespace')?.fix).toContain('temporal operator namespace create --namespace nowhere');
  expect(on('workers')).toMatchObject({ status: 'skipped' });
  expect(on('schedules')).toMatchObject({ status: 'skipped' });
  expect(on('Duvo')).toMatchObject({ status: 'ok' });
});

test('with valid settings all checks pass, and nothing is changed in Duvo', async () => {
  const { code, text } = await doctor();
  expect(code).toBe(0);
  expect(text).toMatch(/responds in dialect v1 and accepts the\s+credentials/);
  const { code: again, on, broken } = await doctor('--json');
  expect({ again, broken }).toEqual({ again: 0, broken: [] });
  expect(on('Temporal')?.details).toMatch(/^server \d+\.\d+/);
  expect(on(`workers of ${stack.taskQueue}`)).toMatchObject({ status: 'ok' });
  expect(on(`workers of ${stack.apiTaskQueue}`)).toMatchObject({ status: 'ok' });
  expect(on('search attributes')).toMatchObject({ status: 'ok' });
  expect(on('scope runs:write')).toMatchObject({ status: 'ok' });
  expect(on('clocks')).toMatchObject({ status: 'ok' });
  expect(stack.simulator.ledger.filter(({ committed }) => committed)).toEqual([]);
});

test('a task queue without workers gets a warning with its fix', async () => {
  set({ DUVO_TASK_QUEUE: 'nobody' });
  const { code, on } = await doctor('--json');
  expect(code).toBe(0);
  expect(on('workers of nobody')).toMatchObject({ status: 'warning' });
  expect(on('workers of nobody')?.fix).toContain('duvo-temporal worker');
});

test('a refused API key fails and is not shown', async () => {
  set({ DUVO_API_KEY: 'dv_canary' });
  const { code, on, broken, notes } = await doctor('--json');
  expect({ code, broken }).toEqual({ code: 1, broken: ['Duvo'] });
  expect(on('Duvo')?.fix).toContain('DUVO_API_KEY');
  expect(JSON.stringify([on('Duvo'), notes])).not.toContain('canary');
});

test('a missing scope that runs need fails', async () => {
  stack.simulator.addFault({ operation: 'stop', effect: { status: 403, body: { code: 'insufficient_scope' } } });
  const { broken, on } = await doctor('--json');
  expect(broken).toEqual(['scope runs:write']);
  expect(on('scope runs:write')?.fix).toContain('runs:write');
});

test('every invalid variable has its own check, and Temporal is checked as well', async () => {
  set({ DUVO_API_KEY: undefined, DUVO_REQUESTS_PER_MINUTE: 'many' });
  const { broken, on } = await doctor('--json');
  expect(broken).toEqual(['DUVO_REQUESTS_PER_MINUTE', 'DUVO_API_KEY']);
  expect(on('Temporal')).toMatchObject({ status: 'ok' });
  set({ DUVO_REQUESTS_PER_MINUTE: undefined });
});

test('an unreachable Temporal fails, and the other checks continue', async () => {
  const { code, on, broken } = await doctor('--json', '--address', '127.0.0.1:1');
  expect({ code, broken }).toEqual({ code: 1, broken: ['Temporal'] });
  expect(on('Duvo')).toMatchObject({ status: 'ok' });
});

test('a wrong clock and a deprecated path get warnings', async () => {
  const server = await TestServer.start();
  server.handler = (...args) =>
    replyJson(
      404,
      { code: 'not_found' },
      {
        date: new Date(Date.now() - 600_000).toUTCString(),
        deprecation: '@1688169599',
        sunset: 'Fri, 01 Jan 2027 00:00:00 GMT',
        link: '<https://duvo.example/changes>; rel="deprecation"',
      },
    )(...args);
  set({ DUVO_API_BASE_URL: server.url });
  const { code, on } = await doctor('--json');
  await server.stop();
  expect(code).toBe(0);
  expect(on('clocks')?.details).toMatch(/^this machine is (59|60)\d s ahead of Duvo$/);
  expect(on('GET /v1/runs/{run_id}')).toMatchObject({
    status: 'warning',
    details: 'deprecated since 2023-06-30T23:59:59.000Z, removed on 2027-01-01T00:00:00.000Z',
  });
  expect(on('GET /v1/runs/{run_id}')?.fix).toContain('https://duvo.example/changes');
});

test('slow requests do not change the measured difference of the clocks', async () => {
  const server = await TestServer.start();
  const client = createClient(server);
  const began = 1_800_000_000_500;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(began);
  server.handler = (...args) => {
    if (server.requests.length > 1) clock.mockReturnValue(began + 100_000 * server.requests.length);
    replyJson(404, { code: 'not_found' }, { date: new Date(began - 600_000).toUTCString() })(...args);
  };
  const checks = await checkDuvo(client, {}).finally(() => clock.mockRestore());
  expect(server.requests.length).toBeGreaterThan(1);
  expect(checks.find(({ check }) => check === 'clocks')?.details).toBe('this machine is 600 s ahead of Duvo');
  await client.close();
  await server.stop();
});

test('dialect v2 checks the agent', async () => {
  const server = await TestServer.start();
  server.handler = replyJson(404, { error: 'not_found' });
  set({ DUVO_API_BASE_URL: server.url, DUVO_API_DIALECT: 'v2', DUVO_TEAM_ID: 'team-1' });
  const { broken, on } = await doctor('--json', '--agent', 'a-1');
  set({ DUVO_API_DIALECT: undefined, DUVO_TEAM_ID: undefined });
  await server.stop();
  expect(broken).toEqual(['agent']);
  expect(on('scope files:read')).toMatchObject({ status: 'ok' });
});

describe('an agent that schedules start', () => {
  const runner = randomUUID();
  const batched = randomUUID();
  const made: string[] = [];
  const schedules = () => new DuvoWorkflows(stack.client).schedules;
  const named = (name: string) => `doctor-${name}-${runner}`;

  beforeAll(async () => {
    const every = '12h';
    const items = [{ agent: batched }];
    const definitions = {
      run: { run: { agentId: runner }, every },
      paused: { run: { agentId: runner }, every, paused: true },
      batch: { batch: { template: { run: { agentId: batched } }, items }, every },
      items: { batch: { template: { run: { agentId: '{{agent}}' } }, items }, every },
    };
    for (const [name, definition] of Object.entries(definitions)) {
      await schedules().create(named(name), definition);
      made.push(named(name));
    }
    await eventually(async () => {
      const listed = (await collect(schedules().list())).map(({ id }) => id);
      return made.every((id) => listed.includes(id));
    });
    for (const agentId of [runner, batched]) stack.simulator.script(agentId, { steps: [{ end: 'completed' }] });
  });
  afterAll(async () => {
    for (const id of made) await schedules().delete(id);
  });
  const inV2 = () => set({ DUVO_API_DIALECT: 'v2', DUVO_TEAM_ID: stack.simulator.teamId });
  afterEach(() => set({ DUVO_API_DIALECT: undefined, DUVO_TEAM_ID: undefined }));

  test('an enabled schedule in Duvo gets a warning that names what to pause; a disabled one does not', async () => {
    inV2();
    stack.simulator.addAgentSchedule(runner);
    stack.simulator.addAgentSchedule(batched, { enabled: false });
    const { code, on } = await doctor('--json');
    expect(code).toBe(0);
    expect(on(`schedules of agent ${runner}`)).toMatchObject({
      status: 'warning',
      details: `started twice: by ${named('run')} here, and by 1 schedule of Duvo's own`,
      fix: `switch one off: in Duvo, or duvo-temporal schedule pause ${named('run')}`,
    });
    expect(on(`schedules of agent ${batched}`)).toBeUndefined();
    stack.simulator.addAgentSchedule(batched);
    expect((await doctor('--json')).on(`schedules of agent ${batched}`)).toMatchObject({
      status: 'warning',
      details: expect.stringContaining(named('batch')) as string,
    });
  });

  test('schedules that Duvo does not show are skipped, not reported as ok', async () => {
    const { on } = await doctor('--json');
    expect(on(`schedules of agent ${runner}`)).toMatchObject({
      status: 'skipped',
      details: "not known: dialect v1 does not show Duvo's own schedules",
    });
    expect(on('other schedules')).toMatchObject({ status: 'skipped' });
    expect(on('other schedules')?.details).toContain(named('items'));
    expect(on('other schedules')?.details).not.toContain(named('batch'));
    inV2();
    const fault = stack.simulator.addFault({
      operation: 'agent-schedules',
      times: 1000,
      effect: { status: 403, body: { error: 'insufficient_scope' } },
    });
    const refused = await doctor('--json');
    fault.remove();
    expect(refused.on(`schedules of agent ${runner}`)).toMatchObject({ status: 'skipped' });
    expect(refused.on('schedules')).toBeUndefined();
  });
});
