import { withFileSlot } from '../../items/sources/file-slots';
import { eventually } from '../support/stack';
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
] as const)('a worker that is %s is alive, and /readyz responds with %i', async (now, readiness) => {
  status = now;
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const ready = await fetch(`${server.url}/readyz`);
  expect(ready.status).toBe(readiness);
  expect(await ready.json()).toEqual({ status: now, taskQueues: ['duvo', 'duvo-api'] });
});

test('other paths get a 404, and other methods get a 405', async () => {
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  expect((await fetch(`${server.url}/readyz`, { method: 'POST' })).status).toBe(405);
});

test('the error of a port that is in use names DUVO_HEALTH_PORT', async () => {
  const port = Number(new URL(server.url).port);
  const second = startHealthServer({ host: '127.0.0.1', port, getStatus: () => status, taskQueues: [] });
  await expect(second).rejects.toThrow(/DUVO_HEALTH_PORT/);
});

test('a folder whose file system does not answer is shown, and the worker stays ready', async () => {
  status = 'ready';
  let answer = () => {};
  const operation = () => new Promise<void>((resolve) => (answer = resolve));
  const reading = withFileSlot('items.csv', operation, { folder: '/mnt/dead', timeoutMs: 1 });
  await expect(reading).rejects.toThrow('the file system of /mnt/dead does not answer');
  const ready = await fetch(`${server.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ hangingFolders: ['/mnt/dead'] });
  answer();
  const isGone = async () => !('hangingFolders' in ((await (await fetch(`${server.url}/readyz`)).json()) as object));
  await eventually(isGone);
});
