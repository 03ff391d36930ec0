import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { DuvoPlugin } from 'duvo-temporal';

const address = process.env.TEMPORAL_ADDRESS;
const connection = await NativeConnection.connect({ address });
const taskQueue = `package-${process.pid}`;
const apiTaskQueue = `${taskQueue}-api`;
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./workflows.cjs', import.meta.url)),
  plugins: [new DuvoPlugin({ apiTaskQueue })],
});
const client = new Client({ connection: await Connection.connect({ address }) });
const output = await worker.runUntil(() =>
  client.workflow.execute('process', { taskQueue, workflowId: taskQueue, args: [{ agentId: 'agent', apiTaskQueue }] }),
);
console.log(output);
await connection.close();
process.exit(0);
