import { randomUUID } from 'node:crypto';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import {
  ConfigError,
  type DevServer,
  DuvoPlugin,
  type DuvoPluginOptions,
  findUsualPort,
  startDevServer,
} from '../../workers';
import { DuvoSimulator } from '../../testing';
import { installQuietRuntime } from '../../testing/environment/quiet-runtime';
import { eventually, workflowBundle } from '../support/stack';

let server: DevServer;
let simulator: DuvoSimulator;
let connection: NativeConnection;

beforeAll(async () => {
  installQuietRuntime();
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

/** Creates a user's worker with the plugin. */
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

test('a user’s worker completes a run, because the plugin runs the Duvo activities beside it', async () => {
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

test('a worker can be stopped before the Duvo activities have started', async () => {
  const worker = await create(new DuvoPlugin(options()));
  await worker.runUntil(() => Promise.resolve());
  expect(worker.getState()).toBe('STOPPED');
});

test('a worker without a connection of its own drains without an error, while a call to Duvo is in flight', async () => {
  // A worker without a connection uses the default address. A server that already listens there serves as well.
  const port = 7233;
  const own = (await findUsualPort(port)) === port ? await startDevServer({ port, searchAttributes: {} }) : undefined;
  const chosen = options();
  const worker = await create(new DuvoPlugin(chosen), { connection: undefined });
  const client = new Client({ connection: await Connection.connect() });
  const fault = simulator.addFault({ operation: 'get', effect: { hold: 'before' } });
  const draining = worker.runUntil(async () => {
    await client.workflow.start('agentRun', {
      taskQueue: worker.options.taskQueue,
      workflowId: randomUUID(),
      args: [{ agentId: 'quick', watch: { every: [{ every: 100 }] }, apiTaskQueue: chosen.apiTaskQueue }],
    });
    await simulator.waitFor(() => fault.hits === 1);
  });
  await eventually(() => worker.getState() !== 'INITIALIZED' && worker.getState() !== 'RUNNING');
  fault.remove();
  await draining;
  expect(worker.getState()).toBe('STOPPED');
  await client.connection.close();
  await own?.stop();
});

test('the Duvo activities drain before the user’s worker, which handles their last results', async () => {
  const chosen = options();
  const plugin = new DuvoPlugin(chosen);
  const worker = await create(plugin);
  const fault = simulator.addFault({ operation: 'get', effect: { hold: 'before' } });
  const running = worker.run();
  const result = execute(worker, chosen.apiTaskQueue as string).catch(() => undefined);
  await simulator.waitFor(() => fault.hits === 1);
  worker.shutdown();
  expect({ state: worker.getState(), isReady: plugin.isReady(worker) }).toEqual({ state: 'STOPPING', isReady: false });
  fault.remove();
  await running;
  expect(worker.getState()).toBe('STOPPED');
  void result;
});

test('a plugin that is also passed to the connection runs the Duvo activities once', async () => {
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

test('a worker gets the plugin’s settings for waiting runs, unless the user has set them', async () => {
  const worker = await create(new DuvoPlugin(options()));
  expect(worker.options).toMatchObject({ stickyQueueScheduleToStartTimeoutMs: 1_000, maxCachedWorkflows: 100 });
  const mine = { stickyQueueScheduleToStartTimeout: '7s', maxCachedWorkflows: 9 } as const;
  const other = await create(new DuvoPlugin(options()), mine);
  expect(other.options).toMatchObject({ stickyQueueScheduleToStartTimeoutMs: 7_000, maxCachedWorkflows: 9 });
  // Only a worker that has run releases its native resources.
  for (const each of [worker, other]) await each.runUntil(() => Promise.resolve());
});

test('one task queue for both workflows and Duvo activities is refused', async () => {
  const creating = create(new DuvoPlugin(options({ apiTaskQueue: 'same' })), { taskQueue: 'same' });
  await expect(creating).rejects.toThrow(ConfigError);
  await expect(creating).rejects.toThrow(/DUVO_API_TASK_QUEUE.*must differ/);
});

test('with `searchAttributes: check`, no worker is created for a namespace that lacks the search attributes', async () => {
  const creating = create(new DuvoPlugin(options({ searchAttributes: 'check' })), { namespace: 'unprepared' });
  await expect(creating).rejects.toThrow(/temporal operator search-attribute create --namespace unprepared/);
});

test('the user’s worker ends with the error of the Duvo activities when they cannot run', async () => {
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

test('options take precedence over environment variables', () => {
  const env = { DUVO_API_KEY_FILE: '/nowhere', DUVO_REQUESTS_PER_MINUTE: 'x', DUVO_API_TASK_QUEUE: 'x' };
  expect(() => new DuvoPlugin(options({ env }))).not.toThrow();
});
