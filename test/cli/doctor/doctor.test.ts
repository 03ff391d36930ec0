import { randomUUID } from 'node:crypto';
import type { Check } from '../../../cli/doctor/check';
import { DuvoWorkflows } from '../../../client/index';
import { DuvoSimulator } from '../../../testing';
import { type CommandResult, runProcess } from '../../support/command-line';
import { eventually } from '../../support/stack';
import { collect } from '../../support/collect';
import { doctor, setEnv, setUpDoctor, stack } from '../../support/run-doctor';

setUpDoctor();

/** A check without a reachable Temporal takes 10 s. It runs beside the other tests, with a simulator and variables of its own. */
let otherSimulator: DuvoSimulator;
let withoutTemporal: Promise<CommandResult>;
beforeAll(async () => {
  otherSimulator = await DuvoSimulator.start();
  const { apiKey: DUVO_API_KEY, url: DUVO_API_BASE_URL } = otherSimulator;
  const args = ['doctor', '--json', '--address', '127.0.0.1:1'];
  withoutTemporal = runProcess(args, { DUVO_API_KEY, DUVO_API_BASE_URL });
});
afterAll(async () => {
  await withoutTemporal;
  await otherSimulator.close();
});

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
  setEnv({ DUVO_TASK_QUEUE: 'nobody' });
  const { code, on } = await doctor('--json');
  expect(code).toBe(0);
  expect(on('workers of nobody')).toMatchObject({ status: 'warning' });
  expect(on('workers of nobody')?.fix).toContain('duvo-temporal worker');
});

test('a refused API key fails and is not shown', async () => {
  setEnv({ DUVO_API_KEY: 'dv_canary' });
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
  setEnv({ DUVO_API_KEY: undefined, DUVO_REQUESTS_PER_MINUTE: 'many' });
  const { broken, on } = await doctor('--json');
  expect(broken).toEqual(['DUVO_REQUESTS_PER_MINUTE', 'DUVO_API_KEY']);
  expect(on('Temporal')).toMatchObject({ status: 'ok' });
  setEnv({ DUVO_REQUESTS_PER_MINUTE: undefined });
});

test('an unreachable Temporal fails, and the other checks continue', async () => {
  const result = await withoutTemporal;
  const { code } = result;
  const checks = result.json<Check[]>();
  const broken = checks.filter(({ status }) => status === 'failed').map(({ check }) => check);
  expect({ code, broken }).toEqual({ code: 1, broken: ['Temporal'] });
  expect(checks).toContainEqual(expect.objectContaining({ check: 'Duvo', status: 'ok' }));
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
  const inV2 = () => setEnv({ DUVO_API_DIALECT: 'v2', DUVO_TEAM_ID: stack.simulator.teamId });
  afterEach(() => setEnv({ DUVO_API_DIALECT: undefined, DUVO_TEAM_ID: undefined }));

  test('an enabled schedule in Duvo gets a warning that names what to pause; a disabled one does not', async () => {
    inV2();
    stack.simulator.addAgentSchedule(runner);
    stack.simulator.addAgentSchedule(batched, { enabled: false });
    const { code, on } = await doctor('--json');
    expect(code).toBe(0);
    expect(on(`schedules of agent ${runner}`)).toMatchObject({
      status: 'warning',
      details: `started twice: by ${named('run')} here, and by 1 schedule of Duvo's own`,
      fix: `switch one off: in Duvo, or npx duvo-temporal schedule pause ${named('run')}`,
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
