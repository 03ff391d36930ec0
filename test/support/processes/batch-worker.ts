/** Runs a user's worker with the Duvo plugin in a separate process, so that a test can kill it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type * as workers from '../../../workers';

// The built package is loaded, as a user's worker loads it. It also starts faster than the TypeScript sources.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { DuvoPlugin } = require(join(__dirname, '../../../dist/workers')) as typeof workers;

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { TEMPORAL_ADDRESS: address, DUVO_TASK_QUEUE: taskQueue = '', TEST_WORKFLOW_BUNDLE = '' } = process.env;
  const connection = await NativeConnection.connect({ address });
  const plugin = new DuvoPlugin({ searchAttributes: 'skip' });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { code: readFileSync(TEST_WORKFLOW_BUNDLE, 'utf8') },
    plugins: [plugin],
  });
  const running = worker.run();
  await plugin.whenReady(worker);
  process.send?.('ready');
  await running;
}

void main();
