const { Client, Connection } = require('@temporalio/client');
const { NativeConnection, Worker } = require('@temporalio/worker');
const { DuvoPlugin, DuvoWorkflows } = require('duvo-temporal');

async function main() {
  const address = process.env.TEMPORAL_ADDRESS;
  const connection = await NativeConnection.connect({ address });
  const taskQueue = `package-${process.pid}`;
  const apiTaskQueue = `${taskQueue}-api`;
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: require.resolve('./workflows.cjs'),
    plugins: [new DuvoPlugin({ apiTaskQueue })],
  });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const result = await worker.runUntil(async () => {
    const runs = new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).runs;
    return (await runs.start({ agentId: 'agent' })).result();
  });
  console.log(result.output);
  await connection.close();
}

main().then(() => process.exit(0));
