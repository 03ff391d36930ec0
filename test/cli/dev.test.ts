import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DuvoWorkflows } from '../../client';
import { DuvoClient } from '../../duvo';
import { RemoteSimulator } from '../../testing';
import { type CommandResult, runProcess } from '../support/command-line';
import { shortenAgentWork } from '../support/docs/quick-agents';
import { exchangeToken } from '../support/inbox/inbox-caller';

/** The demo waits for its agent most of its time, so it runs beside the tests of `dev`. */
let demo: Promise<CommandResult>;
beforeAll(() => {
  demo = runProcess(['demo', '--yes'], { TEMPORAL_ADDRESS: '' });
});

let dev: ChildProcess | undefined;
afterEach(() => dev?.kill('SIGKILL'));

interface Ready {
  temporal: { address: string; namespace: string };
  duvo: { url: string; apiKey: string; teamId: string; agents: string[] };
  worker: { pid: number };
  inbox: { link: string };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('dev prints the settings and the next commands for another terminal', async () => {
  dev = spawn(process.execPath, [join(__dirname, '../../dist/cli/main.js'), 'dev'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TEMPORAL_ADDRESS: '' },
  });
  let printed = '';
  for await (const chunk of dev.stdout as AsyncIterable<Buffer>) {
    printed += chunk.toString();
    if (printed.includes('DUVO_TEAM_ID=')) break;
  }
  expect(printed).toMatch(
    /export TEMPORAL_ADDRESS=127\.0\.0\.1:\d+ DUVO_API_BASE_URL=http:\S+ DUVO_API_KEY=dv_simulator\n/,
  );
  dev.kill('SIGTERM');
  await once(dev, 'exit');
}, 60_000);

test('dev --json prints one line when ready, completes a run, and leaves no process behind', async () => {
  dev = spawn(process.execPath, [join(__dirname, '../../dist/cli/main.js'), 'dev', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TEMPORAL_ADDRESS: '', DUVO_API_DIALECT: 'v2' },
  });
  const ended = once(dev, 'exit');
  const [line] = (await once(dev.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const { temporal, duvo, worker, inbox } = JSON.parse(line.toString()) as Ready;
  expect(duvo.agents).toContain('agent-completes');

  expect((await exchangeToken(inbox.link)).status).toBe(204);

  // The printed values are sufficient for a Duvo client in both dialects.
  const { url: baseUrl, apiKey, teamId } = duvo;
  for (const dialect of ['v1', 'v2'] as const) {
    const client = new DuvoClient({ baseUrl, apiKey, dialect, teamId });
    expect(await client.runs.listPage()).toMatchObject({ runs: [] });
    await client.close();
  }

  await shortenAgentWork(baseUrl);
  const connection = await Connection.connect({ address: temporal.address });
  const run = await new DuvoWorkflows(new Client({ connection })).runs.start({
    agentId: 'agent-completes',
    watch: { every: [{ every: '500ms' }] },
  });
  expect(await run.result()).toMatchObject({ status: 'completed', output: 'The invoice is read.' });
  await connection.close();

  // The worker uses the dialect of DUVO_API_DIALECT.
  const received = await new RemoteSimulator(duvo.url).ledger({ operation: 'start' });
  expect(received.map(({ path }) => path)).toEqual([`/v2/teams/${teamId}/runs`]);

  dev.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(isAlive(worker.pid)).toBe(false);
  await expect(Connection.connect({ address: temporal.address, connectTimeout: '1s' })).rejects.toThrow();
}, 60_000);

test('demo prints its measurements and the next commands', async () => {
  const { code, out } = await demo;
  expect(code).toBe(0);
  expect(out).not.toMatch(/ NO$/m);
  expect(out).toMatch(/What to try next:\n {2}npx duvo-temporal dev /);
}, 120_000);
