import { NativeConnection, Worker } from '@temporalio/worker';
import { DuvoPlugin } from 'duvo-temporal';
import * as activities from './activities';

async function main(): Promise<void> {
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS }),
    taskQueue: 'catalogue',
    workflowsPath: require.resolve('./workflows'),
    activities,
    plugins: [new DuvoPlugin()], // reads DUVO_API_KEY, …
  });
  await worker.run();
}
void main();
