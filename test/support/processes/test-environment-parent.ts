import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import type * as testing from '../../../testing';

const DIST = join(__dirname, '../../../dist');
// The built package is loaded, as a user's test loads it. It also starts faster than the TypeScript sources.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { DuvoTestEnvironment } = require(join(DIST, 'testing')) as typeof testing;

/** Runs one workflow in a time-skipping test environment, reports the server's address, and waits to be killed. */
async function main(): Promise<void> {
  const env = await DuvoTestEnvironment.create({ timeSkipping: true });
  env.simulator.script('agent', { steps: [{ end: 'completed' }], lastMessage: 'done' });
  const workflowsPath = join(DIST, 'workflows/index.js');
  const result = await env.execute('agentRun', { workflowsPath, args: [{ agentId: 'agent' }] });
  process.send?.({ address: (env.client.connection as Connection).options.address, result });
  setInterval(() => undefined, 60_000);
}

void main();
