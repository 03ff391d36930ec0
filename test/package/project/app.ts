import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { DuvoPlugin, DuvoWorkflows } from 'duvo-temporal';
import type { AgentRunResult } from 'duvo-temporal/client';

declare const process: {
  env: Record<string, string | undefined>;
  pid: number;
  cwd(): string;
  exit(code: number): never;
};

async function main(): Promise<void> {
  const address = process.env['TEMPORAL_ADDRESS'] ?? '';
  const connection = await NativeConnection.connect({ address });
  const taskQueue = `package-${process.pid}`;
  const apiTaskQueue = `${taskQueue}-api`;
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: `${process.cwd()}/out/workflows.js`,
    plugins: [new DuvoPlugin({ apiTaskQueue })],
  });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const result: AgentRunResult = await worker.runUntil(async () => {
    const run = await new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).runs.start({ agentId: 'agent' });
    return run.result();
  });
  console.log(result.output);
  await connection.close();
}

void main().then(() => process.exit(0));
