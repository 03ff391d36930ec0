import { NativeConnection, Worker } from '@temporalio/worker';
import { DuvoPlugin } from 'duvo-temporal';

async function main(): Promise<void> {
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS }),
    taskQueue: 'duvo',
    workflowsPath: require.resolve('./workflows'),
    plugins: [new DuvoPlugin()], // reads DUVO_API_KEY, …
  });
  await worker.run();
}
void main();
