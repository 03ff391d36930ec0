import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import {
  createDuvoActivities,
  createDueActivities,
  createNotificationActivities,
  type NotificationOptions,
  RUN_UNCHANGED,
  type SourceAccess,
} from '../../activities';
import { DuvoClient } from '../../duvo';
import { DuvoSimulator, type SimulatorOptions } from '../../testing';
import { installQuietRuntime } from '../../testing/environment/quiet-runtime';
import type { AgentRunInput } from '../../contract/run-input';
import type { Gate } from '../../contract/gates/gates';

/**
 * A client of a Temporal server, a new simulator and, unless `workers` is false, a workflow worker and an activity worker in
 * this process.
 */
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
  /** The dialect of the Duvo API that the workers use. @default 'v1' */
  dialect?: 'v1' | 'v2';
  /** What the workers may read as the source of a batch. @default temporary files, and this machine */
  sources?: SourceAccess;
  /** The channels that report gates to people. @default the workflow worker runs no activities */
  notifications?: NotificationOptions;
  /** The codecs of the workers; the stack's client has none. @default none */
  payloadCodecs?: PayloadCodec[];
  /** Whether the workers are started. @default true */
  workers?: boolean;
  /** Address of the Temporal server. @default the server that all test files share */
  address?: string;
}

/** Poll intervals of 200 ms, so that tests need not wait long for a poll. */
export const QUICK_WATCH = { every: [{ every: 200 }], atGate: 200 };

export function workflowBundle(): { code: string } {
  installQuietRuntime();
  return { code: readFileSync(requiredEnv('TEST_WORKFLOW_BUNDLE'), 'utf8') };
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  installQuietRuntime();
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
      workers = await runWorkers(address, simulator, taskQueue, apiTaskQueue, options);
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
  { dialect, payloadCodecs, notifications, sources = { roots: [tmpdir()], hosts: ['127.0.0.1'] } }: StackOptions,
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
      ...(payloadCodecs && { dataConverter: { payloadCodecs } }),
      taskQueue,
      workflowBundle: workflowBundle(),
      activities: { ...createDueActivities(), ...(notifications && createNotificationActivities(notifications)) },
      // The plugin sets the same timeout. It shortens the wait for workflow tasks that a stopped worker left behind.
      stickyQueueScheduleToStartTimeout: '1s',
    }),
    Worker.create({
      connection,
      ...(payloadCodecs && { dataConverter: { payloadCodecs } }),
      taskQueue: apiTaskQueue,
      activities: createDuvoActivities({
        client: duvo,
        sources,
      }),
      maxHeartbeatThrottleInterval: 1_000,
    }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  // `stop` reports the failure of a worker; without this, Node would report it as an unhandled rejection.
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

/** Waits until the workflow's query `gates` returns an open gate. */
export async function waitForOpenGate(handle: WorkflowHandle): Promise<Gate> {
  return eventually(async () => (await handle.query<Gate[]>('gates')).find(({ status }) => status === 'open'));
}

/** Waits until a poll has found the run unchanged and the activity waits for its next attempt. */
export async function waitForIdlePoll(handle: WorkflowHandle): Promise<void> {
  await eventually(async () => {
    const { pendingActivities } = (await handle.describe()).raw;
    return pendingActivities?.some(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === RUN_UNCHANGED);
  });
}

const MIN_PROBE_INTERVAL_MS = 25;
const MAX_PROBE_INTERVAL_MS = 250;

/**
 * Calls the probe until it returns a value, and returns the value. The time between two calls grows with the time waited so
 * far, up to a quarter of a second: a probe is often a query, which takes CPU time of the server and of a worker.
 *
 * @throws Error after the timeout
 */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const startedAt = Date.now();
  for (;;) {
    const found = await probe();
    if (found) return found;
    const waitedMs = Date.now() - startedAt;
    if (waitedMs > timeoutMs) throw new Error(`nothing after ${timeoutMs} ms: ${probe.toString()}`);
    const intervalMs = Math.min(Math.max(waitedMs / 10, MIN_PROBE_INTERVAL_MS), MAX_PROBE_INTERVAL_MS);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

function requiredEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: tests run under jest, with its global setup`);
  return value;
}
