import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type DevServer, startDevServer, startTimeSkippingServer } from '../../workers';
import { devServerArguments } from '../../workers/temporal-server/dev-server';
import { eventually } from '../support/stack';
import { TsProcess } from '../support/processes/ts-process';

let folder: string;
const servers: DevServer[] = [];

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'dev-server-'))));

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.kill()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startDevServer>[0] = {}): Promise<DevServer> {
  const server = await startDevServer(options);
  servers.push(server);
  return server;
}

async function withClient<T>(server: DevServer, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await work(new Client({ connection, namespace: server.namespace }));
  } finally {
    await connection.close();
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a server that is started again with its database file and port still has its workflows', async () => {
  const dbFile = join(folder, 'temporal.db');
  const first = await start({ dbFile });
  await withClient(first, (client) =>
    client.workflow.start('agentRun', { taskQueue: 'nobody', workflowId: 'kept', args: [] }),
  );
  await first.kill('SIGKILL');
  expect(lives(first.pid)).toBe(false);

  const second = await start({ dbFile, port: first.port });
  expect(second.address).toBe(first.address);
  const { status } = await withClient(second, (client) => client.workflow.getHandle('kept').describe());
  expect(status.name).toBe('RUNNING');
  await second.stop();
  expect(lives(second.pid)).toBe(false);
});

test('the server has the requested namespaces, search attributes and dynamic configuration', async () => {
  const server = await start({
    namespaces: ['team'],
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 },
  });
  expect(server.namespace).toBe('team');
  await withClient(server, async ({ connection }) => {
    const { customAttributes } = await (connection as Connection).operatorService.listSearchAttributes({
      namespace: 'team',
    });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(['DuvoAgentId', 'DuvoOpenGates']));
  });
});

test('a server can be stopped twice, also after it was killed', async () => {
  const server = await start();
  await server.kill();
  await server.stop();
  await server.stop();
});

test('a server that ends at its start is reported with its output', async () => {
  const path = join(folder, 'temporal');
  writeFileSync(path, '#!/bin/sh\necho "unknown flag: --everything" >&2\nexit 1\n');
  chmodSync(path, 0o755);
  const logFile = join(folder, 'server.log');
  const starting = startDevServer({ executable: { path, source: 'a test' }, logFile });
  await expect(starting).rejects.toThrow(/ended at once: unknown flag: --everything/);
  await eventually(() => readFileSync(logFile, 'utf8').includes('unknown flag'));
});

test('a database file in a missing folder is reported in one line that names the folder', async () => {
  const dbFile = join(folder, 'nowhere', 'temporal.db');
  await expect(startDevServer({ dbFile })).rejects.toThrow(/ended at once: .*nowhere.*no such file or directory/);
});

test('a requested port that is in use is an error', async () => {
  const { port } = await start();
  await expect(startDevServer({ port })).rejects.toThrow(`the port ${port} on 127.0.0.1 is taken`);
});

test('the server does not keep its parent process alive, and ends when the parent ends', async () => {
  const parent = TsProcess.start(join(__dirname, '../support/processes/dev-server-parent.ts'), process.env);
  const { pid } = await parent.firstMessage<{ pid: number }>();
  expect(await parent.waitForExit()).toBe(0);
  await eventually(() => !lives(pid));
});

test('the server ends when its parent process is killed', async () => {
  const parent = TsProcess.start(join(__dirname, '../support/processes/dev-server-parent.ts'), {
    ...process.env,
    STAY: '1',
  });
  const { pid } = await parent.firstMessage<{ pid: number }>();
  parent.child.kill('SIGKILL');
  await eventually(() => !lives(pid));
});

test('the options become arguments of `temporal server start-dev`', () => {
  expect(
    devServerArguments('127.0.0.1', 7000, {
      uiPort: 8000,
      dbFile: 'f.db',
      dynamicConfig: { a: 1, b: 'x', c: true },
      searchAttributes: { Mine: 'Keyword' },
    }),
  ).toEqual(
    [
      'server start-dev --ip 127.0.0.1 --port 7000 --log-level warn --ui-port 8000 --db-filename f.db',
      '--search-attribute Mine=Keyword',
      '--dynamic-config-value a=1 --dynamic-config-value b="x" --dynamic-config-value c=true',
    ].flatMap((line) => line.split(' ')),
  );
});

test('a time-skipping server starts and stops', async () => {
  const server = await startTimeSkippingServer();
  const connection = await Connection.connect({ address: server.address });
  await connection.close();
  await server.stop();
  expect(lives(server.pid)).toBe(false);
});
