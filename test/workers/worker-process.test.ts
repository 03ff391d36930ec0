import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { type DevServer, type ReadyMessage, startDevServer } from '../../workers';
import { DuvoSimulator, type FaultHandle } from '../../testing';
import { sendJson, AuthorizationServer, CLIENT_ID } from '../support/duvo/authorization-server';
import { eventually } from '../support/stack';
import { TsProcess } from '../support/processes/ts-process';

// The built worker starts at once. Without a build, each process would compile the sources and bundle the workflows.
const MAIN = join(__dirname, '../../dist/workers/main.js');
const MESSAGE = 'a message that nobody may see in a log';
const SAYS = 'an answer that nobody may see in a log';

let server: DevServer;
let simulator: DuvoSimulator;
const processes: TsProcess[] = [];
/** The test of this drain is the last one: the worker waits 12 s for its call, while the other tests run. */
let drain: HangingDrain;

beforeAll(async () => {
  [server, simulator] = await Promise.all([
    startDevServer({ searchAttributes: {} }),
    DuvoSimulator.start({ apiKey: 'dv_key_that_nobody_may_see' }),
  ]);
  drain = await startHangingDrain();
  simulator.script('quick', { steps: [{ status: 'running', polls: 2 }, { end: 'completed' }], lastMessage: SAYS });
}, 60_000);

afterEach(() => processes.splice(0).forEach(({ child }) => child.kill('SIGKILL')));

afterAll(async () => {
  drain?.worker.child.kill('SIGKILL');
  await drain?.simulator.close();
  await drain?.connection.close();
  await simulator.close();
  await server.stop();
});

/** Starts a worker process that ends with the test at the latest. */
function start(more: NodeJS.ProcessEnv = {}): TsProcess {
  const worker = spawnWorker(more);
  processes.push(worker);
  return worker;
}

function spawnWorker(more: NodeJS.ProcessEnv): TsProcess {
  const { PATH, HOME } = process.env;
  return TsProcess.start(MAIN, {
    PATH,
    HOME,
    TEMPORAL_ADDRESS: server.address,
    DUVO_API_KEY: simulator.apiKey,
    DUVO_API_BASE_URL: simulator.url,
    DUVO_REQUESTS_PER_MINUTE: 'unlimited',
    DUVO_HEALTH_PORT: '0',
    LOG_LEVEL: 'debug',
    ...more,
  });
}

interface HangingDrain {
  simulator: DuvoSimulator;
  /** The variables that lead a worker to this simulator and to task queues of its own. */
  env: NodeJS.ProcessEnv;
  worker: TsProcess;
  connection: Connection;
  handle: WorkflowHandle;
  held: FaultHandle;
}

/** Sends SIGTERM to a worker whose call to Duvo hangs. */
async function startHangingDrain(): Promise<HangingDrain> {
  const hanging = await DuvoSimulator.start();
  const [taskQueue, apiTaskQueue] = ['hanging', 'hanging-api'];
  const env = {
    DUVO_API_KEY: hanging.apiKey,
    DUVO_API_BASE_URL: hanging.url,
    DUVO_TASK_QUEUE: taskQueue,
    DUVO_API_TASK_QUEUE: apiTaskQueue,
  };
  // Without a cut-off, the worker would wait for the response for longer than the tests may take.
  const longTimeouts = { DUVO_CONNECT_TIMEOUT: '5s', DUVO_HEADERS_TIMEOUT: '70s', DUVO_BODY_TIMEOUT: '5s' };
  const worker = spawnWorker({ ...env, ...longTimeouts });
  await worker.firstMessage();
  const held = hanging.addFault({ operation: 'start', effect: { hold: 'before' } });
  const connection = await Connection.connect({ address: server.address });
  const handle = await new Client({ connection }).workflow.start('agentRun', {
    taskQueue,
    workflowId: 'of-a-hanging-service',
    args: [{ agentId: 'agent-completes', watch: { every: [{ every: 100 }] }, apiTaskQueue }],
  });
  await eventually(() => held.hits > 0);
  worker.child.kill('SIGTERM');
  return { simulator: hanging, env, worker, connection, handle, held };
}

test('a worker process completes a run, reports its health, drains on SIGTERM and exits with 0', async () => {
  const worker = start();
  const { ready, health } = await worker.firstMessage<ReadyMessage>();
  expect(ready).toBe(true);
  expect((await fetch(`${health}/healthz`)).status).toBe(200);
  const readiness = await fetch(`${health}/readyz`);
  expect(readiness.status).toBe(200);
  expect(await readiness.json()).toEqual({ status: 'ready', taskQueues: ['duvo', 'duvo-api'] });

  const connection = await Connection.connect({ address: server.address });
  const result: unknown = await new Client({ connection }).workflow.execute('agentRun', {
    taskQueue: 'duvo',
    workflowId: 'of-the-worker-process',
    args: [{ agentId: 'quick', message: MESSAGE, watch: { every: [{ every: 100 }] } }],
  });
  await connection.close();
  expect(result).toMatchObject({ status: 'completed', output: SAYS });

  worker.child.kill('SIGTERM');
  expect(await worker.waitForExit()).toBe(0);
  expect(worker.logEntries.map(({ msg }) => msg)).toEqual(
    expect.arrayContaining(['worker ready', 'worker draining', 'worker drained']),
  );
  // Every line of the output is JSON, and no line contains a secret or a text of a person.
  expect(worker.logEntries).toHaveLength(worker.output.trimEnd().split('\n').length);
  for (const secret of [simulator.apiKey, MESSAGE, SAYS]) expect(worker.output).not.toContain(secret);
});

test.each([
  ['refuses the key', { DUVO_API_KEY: 'dv_wrong' }, /401|Unauthorized/i],
  ['cannot be reached', { DUVO_API_BASE_URL: 'http://127.0.0.1:9' }, /127\.0\.0\.1:9|ECONNREFUSED|connect/],
])('a worker whose Duvo %s is ready, and logs one warning that names doctor', async (_what, env, reason) => {
  const worker = start(env);
  expect((await worker.firstMessage<ReadyMessage>()).ready).toBe(true);
  const warnings = () =>
    worker.logEntries.map(({ msg }) => String(msg)).filter((msg) => msg.includes('Duvo cannot be'));
  const [warning] = await eventually(() => warnings().length > 0 && warnings());
  expect(warning).toMatch(reason);
  expect(warning).toContain('npx duvo-temporal doctor');
  worker.child.kill('SIGTERM');
  expect(await worker.waitForExit()).toBe(0);
  expect(warnings()).toHaveLength(1);
});

test('a worker process with an OAuth client completes a run, and warns once about each deprecated path', async () => {
  const duvo = await AuthorizationServer.start({ clientSecret: 'secret-that-nobody-may-see', expiresInSeconds: 3600 });
  duvo.server.handler = (request, response, raw) => {
    if (!request.url.startsWith('/v1/')) return void duvo.serve(request, response, raw);
    if (!duvo.tokens.has(request.headers.authorization?.slice('Bearer '.length) ?? ''))
      return sendJson(response, 401, {});
    response.setHeader('deprecation', '@1688169599');
    if (request.url.includes('/messages')) return sendJson(response, 200, { messages: [], total: 0 });
    const polls = duvo.apiCalls().filter(({ url }) => url === '/v1/runs/run-1').length;
    sendJson(response, 200, { run: { id: 'run-1', status: polls < 3 ? 'running' : 'completed' } });
  };
  const worker = start({
    DUVO_API_KEY: '',
    DUVO_CLIENT_ID: CLIENT_ID,
    DUVO_CLIENT_SECRET: 'secret-that-nobody-may-see',
    DUVO_SCOPES: 'runs:read runs:write',
    DUVO_API_BASE_URL: duvo.url,
  });
  await worker.firstMessage();
  const connection = await Connection.connect({ address: server.address });
  const result: unknown = await new Client({ connection }).workflow.execute('agentRun', {
    taskQueue: 'duvo',
    workflowId: 'of-an-oauth-client',
    args: [{ agentId: 'agent', message: MESSAGE, watch: { every: [{ every: 100 }] } }],
  });
  await connection.close();
  expect(result).toMatchObject({ status: 'completed' });
  // The activities request one token, and the check at the start of the worker another one.
  const tokenRequest = { method: 'client_secret_basic', scope: 'runs:read runs:write' };
  await eventually(() => duvo.requests.length >= 2);
  expect(duvo.requests).toEqual([tokenRequest, tokenRequest]);
  worker.child.kill('SIGTERM');
  expect(await worker.waitForExit()).toBe(0);
  const warnings = worker.logEntries.filter(({ msg }) => String(msg).includes('deprecated'));
  const pollWarnings = warnings.filter(({ msg }) => String(msg).includes('GET /v1/runs/{run_id} '));
  expect(pollWarnings).toEqual([
    expect.objectContaining({
      level: 'warn',
      msg: 'Duvo reports GET /v1/runs/{run_id} (runs.get) as deprecated since 2023-06-30T23:59:59.000Z',
    }),
  ]);
  for (const secret of ['secret-that', 'token-', MESSAGE]) expect(worker.output).not.toContain(secret);
  await duvo.stop();
});

test('a draining worker process is alive but not ready, and a second SIGTERM ends it', async () => {
  const hanging = await DuvoSimulator.start();
  const worker = start({ DUVO_API_KEY: hanging.apiKey, DUVO_API_BASE_URL: hanging.url });
  const { health } = await worker.firstMessage<ReadyMessage>();
  const held = hanging.addFault({ operation: 'start', effect: { hold: 'before' }, times: 100 });
  const connection = await Connection.connect({ address: server.address });
  await new Client({ connection }).workflow.start('agentRun', {
    taskQueue: 'duvo',
    workflowId: 'of-a-slow-service',
    args: [{ agentId: 'agent-completes' }],
  });
  await eventually(() => held.hits > 0);
  worker.child.kill('SIGTERM');
  await eventually(async () => (await fetch(`${health}/readyz`)).status === 503);
  expect((await fetch(`${health}/healthz`)).status).toBe(200);
  await eventually(() => {
    worker.child.kill('SIGTERM');
    return worker.child.exitCode !== null;
  });
  expect(await worker.waitForExit()).toBe(1);
  held.remove();
  await connection.close();
  await hanging.close();
});

test('an invalid configuration is reported in one line that names all variables, with exit code 1', async () => {
  const worker = start({ DUVO_API_KEY: '', LOG_LEVEL: 'bad-value', DUVO_HEALTH_PORT: 'bad-value' });
  expect(await worker.waitForExit()).toBe(1);
  const [line, ...others] = worker.logEntries;
  expect(others).toEqual([]);
  expect(line?.level).toBe('fatal');
  for (const name of ['DUVO_API_KEY', 'LOG_LEVEL', 'DUVO_HEALTH_PORT']) expect(line?.msg).toContain(name);
  expect(worker.output).not.toContain('bad-value');
});

test('an unreachable Temporal server is reported in one line that names the address, with exit code 1', async () => {
  const worker = start({ TEMPORAL_ADDRESS: '127.0.0.1:9', LOG_LEVEL: 'error' });
  expect(await worker.waitForExit()).toBe(1);
  expect(worker.logEntries.filter(({ level }) => level === 'fatal')).toHaveLength(1);
  const said =
    'worker failed: Temporal could not be reached at 127.0.0.1:9: Connection refused. Check TEMPORAL_ADDRESS,';
  expect(worker.logEntries.at(-1)?.msg).toContain(said);
});

test('a worker process ends as on SIGTERM when its parent disconnects', async () => {
  const worker = start();
  await worker.firstMessage();
  worker.child.disconnect();
  expect(await worker.waitForExit()).toBe(0);
});

test('a worker process drains before Kubernetes kills it (30 s) while a call hangs, and the next worker repeats the call', async () => {
  const { simulator: hanging, env, worker, handle, held } = drain;
  expect(await worker.waitForExit()).toBe(0);
  expect(worker.logEntries.at(-1)?.msg).toBe('worker drained');
  held.remove();
  await start(env).firstMessage();
  expect(await handle.result()).toMatchObject({ status: 'completed' });
  expect(hanging.runs).toHaveLength(1);
}, 60_000);
