import { randomUUID } from 'node:crypto';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { ConfigError, type DevServer, DuvoPlugin, type DuvoPluginOptions, startDevServer } from '../../workers';
import { DuvoSimulator } from '../../testing';
import { silenceSdkLogs, workflowBundle } from '../support/stack';

let server: DevServer;
let simulator: DuvoSimulator;
let connection: NativeConnection;

beforeAll(async () => {
  silenceSdkLogs();
  [server, simulator] = await Promise.all([
    startDevServer({ searchAttributes: {}, namespaces: ['default', 'unprepared'] }),
    DuvoSimulator.start(),
  ]);
  simulator.script('quick', { steps: [{ status: 'running', polls: 2 }, { end: 'completed' }] });
  connection = await NativeConnection.connect({ address: server.address });
});

afterAll(async () => {
  await connection.close();
  await simulator.close();
  await server.stop();
});

function options(more: DuvoPluginOptions = {}): DuvoPluginOptions {
  const { apiKey, url } = simulator;
  return {
    env: {},
    apiKey,
    baseUrl: url,
    requestsPerMinute: 'unlimited',
    apiTaskQueue: `api-${randomUUID()}`,
    ...more,
  };
}

/** A user's worker. */
function create(plugin: DuvoPlugin, more: Partial<WorkerOptions> = {}): Promise<Worker> {
  const taskQueue = `workflows-${randomUUID()}`;
  return Worker.create({ connection, taskQueue, workflowBundle: workflowBundle(), plugins: [plugin], ...more });
}

function execute(worker: Worker, apiTaskQueue: string): Promise<unknown> {
  return new Client({ connection }).workflow.execute('agentRun', {
    taskQueue: worker.options.taskQueue,
    workflowId: randomUUID(),
    args: [{ agentId: 'quick', watch: { every: [{ every: 100 }] }, apiTaskQueue }],
  });
}

test('a run ends on a user’s worker, beside which the plugin runs the Duvo activities', async () => {
  const chosen = options();
  const plugin = new DuvoPlugin(chosen);
  const worker = await create(plugin);
  expect(plugin.isReady(worker)).toBe(false);
  await worker.runUntil(async () => {
    expect(await plugin.whenReady(worker)).toBe(true);
    expect(plugin.isReady(worker)).toBe(true);
    expect(await execute(worker, chosen.apiTaskQueue as string)).toMatchObject({ status: 'completed' });
  });
  expect(plugin.isReady(worker)).toBe(false);
});

test('one plugin serves several workers, one after the other', async () => {
  const chosen = options();
  const plugin = new DuvoPlugin(chosen);
  for (let i = 0; i < 2; i++) {
    const worker = await create(plugin);
    await worker.runUntil(() => execute(worker, chosen.apiTaskQueue as string));
  }
});

test('a worker that is stopped before the Duvo activities have begun stops, too', async () => {
  const worker = await create(new DuvoPlugin(options()));
  await worker.runUntil(() => Promise.resolve());
  expect(worker.getState()).toBe('STOPPED');
});

test('a plugin that comes with the connection as well does its work once', async () => {
  const chosen = options();
  const plugin = new DuvoPlugin(chosen);
  const own = await NativeConnection.connect({ address: server.address, plugins: [plugin] });
  try {
    const worker = await create(plugin, { connection: own });
    await worker.runUntil(() => execute(worker, chosen.apiTaskQueue as string));
  } finally {
    await own.close();
  }
});

test('the settings that suit waiting runs, unless the user chose others', async () => {
  const worker = await create(new DuvoPlugin(options()));
  expect(worker.options).toMatchObject({ stickyQueueScheduleToStartTimeoutMs: 1_000, maxCachedWorkflows: 100 });
  const mine = { stickyQueueScheduleToStartTimeout: '7s', maxCachedWorkflows: 9 } as const;
  const other = await create(new DuvoPlugin(options()), mine);
  expect(other.options).toMatchObject({ stickyQueueScheduleToStartTimeoutMs: 7_000, maxCachedWorkflows: 9 });
  // A worker is only let go of by running it.
  for (const each of [worker, other]) await each.runUntil(() => Promise.resolve());
});

test('the same task queue for both is refused', async () => {
  const creating = create(new DuvoPlugin(options({ apiTaskQueue: 'same' })), { taskQueue: 'same' });
  await expect(creating).rejects.toThrow(ConfigError);
  await expect(creating).rejects.toThrow(/DUVO_API_TASK_QUEUE.*must differ/);
});

test('a namespace without the search attributes gets no worker that may only check', async () => {
  const creating = create(new DuvoPlugin(options({ searchAttributes: 'check' })), { namespace: 'unprepared' });
  await expect(creating).rejects.toThrow(/temporal operator search-attribute create --namespace unprepared/);
});

test('when the Duvo activities cannot be run, the user’s worker ends with that error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-'));
  const apiKeyFile = join(folder, 'key');
  writeFileSync(apiKeyFile, 'dv_key');
  const worker = await create(new DuvoPlugin(options({ apiKey: undefined, apiKeyFile })));
  rmSync(folder, { recursive: true });
  await expect(worker.run()).rejects.toThrow(/apiKeyFile|DUVO_API_KEY_FILE/);
  expect(worker.getState()).toBe('STOPPED');
});

test.each([
  ['no key', { apiKey: undefined }, /DUVO_API_KEY/],
  ['two keys', { apiKeyFile: '/run/secrets/duvo' }, /DUVO_API_KEY_FILE/],
  ['a bad base URL', { baseUrl: 'nowhere' }, /DUVO_API_BASE_URL/],
  ['a bad limit', { requestsPerMinute: 0 }, /DUVO_REQUESTS_PER_MINUTE/],
  ['a key file that is not there', { apiKey: undefined, apiKeyFile: '/nowhere/key' }, /key/i],
])('%s is refused by the constructor', (_what, wrong, message) => {
  expect(() => new DuvoPlugin(options(wrong))).toThrow(message);
});

test('options come before the environment', () => {
  const env = { DUVO_API_KEY_FILE: '/nowhere', DUVO_REQUESTS_PER_MINUTE: 'x', DUVO_API_TASK_QUEUE: 'x' };
  expect(() => new DuvoPlugin(options({ env }))).not.toThrow();
});
