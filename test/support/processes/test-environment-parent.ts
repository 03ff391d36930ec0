import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { DuvoTestEnvironment } from '../../../testing';

/** Runs one workflow in a time-skipping test environment, reports the server's address, and waits to be killed. */
async function main(): Promise<void> {
  const env = await DuvoTestEnvironment.create({ timeSkipping: true });
  const workflowsPath = join(__dirname, '../workflows/index.ts');
  env.simulator.script('agent', { steps: [{ end: 'completed' }], lastMessage: 'done' });
  const result = await env.execute('agentRun', { workflowsPath, args: [{ agentId: 'agent' }] });
  process.send?.({ address: (env.client.connection as Connection).options.address, result });
  setInterval(() => undefined, 60_000);
}

void main();
