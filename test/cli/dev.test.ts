import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DuvoRuns } from '../../client';

let dev: ChildProcess | undefined;
afterEach(() => dev?.kill('SIGKILL'));

interface Ready {
  temporal: { address: string; namespace: string };
  duvo: { url: string };
  worker: { pid: number };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('dev --json: one line once all is ready, a run ends on it, and nothing is left when it ends', async () => {
  dev = spawn(process.execPath, [join(__dirname, '../../dist/cli/main.js'), 'dev', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TEMPORAL_ADDRESS: '' },
  });
  const ended = once(dev, 'exit');
  const [line] = (await once(dev.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const { temporal, worker } = JSON.parse(line.toString()) as Ready;

  const connection = await Connection.connect({ address: temporal.address });
  const run = await new DuvoRuns(new Client({ connection })).start({
    agentId: 'agent-completes',
    watch: { every: [{ every: '500ms' }] },
  });
  expect(await run.result()).toMatchObject({ status: 'completed', output: 'The invoice is read.' });
  await connection.close();

  dev.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(isAlive(worker.pid)).toBe(false);
  await expect(Connection.connect({ address: temporal.address, connectTimeout: '1s' })).rejects.toThrow();
}, 60_000);
