import { type HealthServer, startHealthServer, type WorkerStatus } from '../../workers/health';

let status: WorkerStatus;
let server: HealthServer;

beforeEach(async () => {
  status = 'starting';
  server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    getStatus: () => status,
    taskQueues: ['duvo', 'duvo-api'],
  });
});

afterEach(() => server.close());

test.each([
  ['starting', 503],
  ['ready', 200],
  ['draining', 503],
  ['stopped', 503],
] as const)('%s: alive, and /readyz says %i', async (now, readiness) => {
  status = now;
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const ready = await fetch(`${server.url}/readyz`);
  expect(ready.status).toBe(readiness);
  expect(await ready.json()).toEqual({ status: now, taskQueues: ['duvo', 'duvo-api'] });
});

test('nothing else', async () => {
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  expect((await fetch(`${server.url}/readyz`, { method: 'POST' })).status).toBe(405);
});

test('a port that is taken names the variable', async () => {
  const port = Number(new URL(server.url).port);
  const second = startHealthServer({ host: '127.0.0.1', port, getStatus: () => status, taskQueues: [] });
  await expect(second).rejects.toThrow(/DUVO_HEALTH_PORT/);
});
