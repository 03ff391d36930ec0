import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import * as activities from './activities';

/** Runs a worker with the SDK's defaults. Workflows and activities share one task queue. */
async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
  const worker = await Worker.create({
    connection,
    taskQueue: process.env.BASELINE_TASK_QUEUE ?? 'baseline',
    workflowsPath: require.resolve('./workflows'),
    activities,
  });
  process.once('disconnect', () => process.exit(1));
  process.send?.({ ready: true });
  await worker.run();
}

void main();
