import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DevServer, startDevServer } from '../../workers';
import type { AgentRunResult } from '../../contract/runs';
import { waitForOpenGate, type Stack, startStack } from '../support/stack';

const folder = mkdtempSync(join(tmpdir(), 'duvo-temporal-db-'));
let server: DevServer;
let stack: Stack;
afterAll(async () => {
  await stack?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('open runs complete after the Temporal server is killed and started again with the same database file', async () => {
  const dbFile = join(folder, 'temporal.db');
  server = await startDevServer({ dbFile });
  const port = Number(server.address.split(':')[1]);
  stack = await startStack({ address: server.address });
  stack.simulator.script('watched', {
    steps: [{ status: 'running', polls: 12 }, { end: 'completed' }],
    lastMessage: 'watched',
  });
  stack.simulator.script('asks', {
    steps: [{ ask: { type: 'approval', title: 'x' } }, { end: 'completed' }],
    lastMessage: 'asked',
  });
  const watched = await Promise.all([1, 2, 3, 4].map(() => stack.start({ agentId: 'watched' })));
  const asking = await stack.start({ agentId: 'asks' });
  const gate = await waitForOpenGate(asking);
  await stack.simulator.waitFor(({ operation, agentId }) => operation === 'get' && agentId === 'watched');

  await server.kill('SIGKILL');
  server = await startDevServer({ dbFile, port });

  await asking.executeUpdate('submitAnswer', { args: [{ gateId: gate.gateId, approved: true, by: 'alice' }] });
  expect(((await asking.result()) as AgentRunResult).output).toBe('asked');
  for (const handle of watched) expect(((await handle.result()) as AgentRunResult).output).toBe('watched');
  expect(stack.simulator.runs).toHaveLength(5);
}, 120_000);
