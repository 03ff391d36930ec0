import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createDuvoActivities, RUN_UNCHANGED } from '../../activities';
import { DuvoClient } from '../../duvo';
import { DuvoSimulator, type SimulatorOptions } from '../../testing';
import type { AgentRunInput } from '../../contract/runs';
import type { Gate } from '../../contract/gates';

/** Temporal (shared), a simulator and, unless they are left out, the two workers of a worker process, in this process. */
export interface Stack {
  address: string;
  client: Client;
  simulator: DuvoSimulator;
  taskQueue: string;
  apiTaskQueue: string;
  start(input: AgentRunInput, options?: { workflowId?: string }): Promise<WorkflowHandle>;
  startWorkers(): Promise<void>;
  stopWorkers(): Promise<void>;
  stop(): Promise<void>;
}

export interface StackOptions {
  simulator?: SimulatorOptions;
  /** That the workers speak with the simulator. @default 'v1' */
  dialect?: 'v1' | 'v2';
  /** @default true */
  workers?: boolean;
  /** @default the tests' shared server */
  address?: string;
}

/** A quick watch, so that tests need not wait. */
export const QUICK_WATCH = { every: [{ every: 200 }], atGate: 200 };

let isQuiet = false;

/** The SDK's own log lines, from errors on only. To be called before anything native is made. */
export function silenceSdkLogs(): void {
  if (!isQuiet) Runtime.install({ logger: new DefaultLogger('ERROR') });
  isQuiet = true;
}

export function workflowBundle(): { code: string } {
  silenceSdkLogs();
  return { code: readFileSync(requiredEnv('TEST_WORKFLOW_BUNDLE'), 'utf8') };
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  silenceSdkLogs();
  const address = options.address ?? requiredEnv('TEST_TEMPORAL_ADDRESS');
  const id = randomUUID().slice(0, 8);
  const taskQueue = `test-${id}`;
  const apiTaskQueue = `test-${id}-api`;
  const simulator = await DuvoSimulator.start(options.simulator);
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  let workers: { stop(): Promise<void> } | undefined;
  const stack: Stack = {
    address,
    client,
    simulator,
    taskQueue,
    apiTaskQueue,
    start: (input, { workflowId = `run-${randomUUID()}` } = {}) =>
      client.workflow.start('agentRun', {
        taskQueue,
        workflowId,
        args: [{ watch: QUICK_WATCH, apiTaskQueue, ...input }],
      }),
    startWorkers: async () => {
      workers = await runWorkers(address, simulator, taskQueue, apiTaskQueue, options.dialect);
    },
    stopWorkers: async () => {
      await workers?.stop();
      workers = undefined;
    },
    stop: async () => {
      await stack.stopWorkers();
      await simulator.close();
      await connection.close();
    },
  };
  if (options.workers !== false) await stack.startWorkers();
  return stack;
}

async function runWorkers(
  address: string,
  simulator: DuvoSimulator,
  taskQueue: string,
  apiTaskQueue: string,
  dialect?: 'v1' | 'v2',
) {
  const connection = await NativeConnection.connect({ address });
  const duvo = new DuvoClient({
    apiKey: simulator.apiKey,
    baseUrl: simulator.url,
    dialect,
    teamId: simulator.teamId,
  });
  const workers = await Promise.all([
    Worker.create({
      connection,
      taskQueue,
      workflowBundle: workflowBundle(),
      // As the plugin has it: a task that a worker leaves behind is not waited for so long.
      stickyQueueScheduleToStartTimeout: '1s',
    }),
    Worker.create({
      connection,
      taskQueue: apiTaskQueue,
      activities: createDuvoActivities({ client: duvo }),
      maxHeartbeatThrottleInterval: 1_000,
    }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  // A worker that fails is seen by the test that waits for it.
  running.catch(() => undefined);
  return {
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
      await duvo.close();
      await connection.close();
    },
  };
}

/** Waits for a gate of the run to open, by the workflow's own query. */
export async function waitForOpenGate(handle: WorkflowHandle): Promise<Gate> {
  return eventually(async () => (await handle.query<Gate[]>('gates')).find(({ status }) => status === 'open'));
}

/** Waits until the run's watch has looked, saw nothing new, and sleeps until its next look. */
export async function waitForIdlePoll(handle: WorkflowHandle): Promise<void> {
  await eventually(async () => {
    const { pendingActivities } = (await handle.describe()).raw;
    return pendingActivities?.some(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === RUN_UNCHANGED);
  });
}

/** Waits until the probe gives something, and gives it. For conditions that nothing announces. */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`nothing after ${timeoutMs} ms: ${probe.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function requiredEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: tests run under jest, with its global setup`);
  return value;
}
