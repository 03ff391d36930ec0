import { Worker } from '@temporalio/worker';
import { DuvoPlugin } from 'duvo-temporal';
import { connectToTemporal } from 'duvo-temporal/worker';

async function main(): Promise<void> {
  const { connection, namespace } = await connectToTemporal(); // reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: 'invoices',
    workflowsPath: require.resolve('./workflows'),
    plugins: [new DuvoPlugin()], // reads DUVO_API_KEY, …
  });
  await worker.run();
}
void main();
