import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { Workflow, WorkflowResultType } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { DuvoPlugin, findTimeSkippingServer, startDevServer } from '../workers';
import { DEFAULT_API_TASK_QUEUE, DEFAULT_TASK_QUEUE } from '../contract/names';
import { DuvoSimulator, type SimulatorOptions } from './simulator/simulator';

export interface TestEnvironmentOptions {
  /**
   * A Temporal server whose time jumps to the next timer when nothing else is to be done: a gate of ten days takes a
   * second (one of a process; a run that waits at one is looked at each minute of it, which takes some seconds a day). It
   * knows no visibility, so `openGates` and `list` do not work there, and its time is one for all: run one thing at a time.
   * @default false: a dev server
   */
  timeSkipping?: boolean;
  simulator?: SimulatorOptions;
  /** The dialect that the workers speak. @default 'v1' */
  dialect?: 'v1' | 'v2';
}

export interface TestWorkerOptions {
  /** Your workflows, as for `Worker.create`; they must export `agentRun`. */
  workflowsPath?: string;
  /** In place of `workflowsPath`. */
  workflowBundle?: WorkflowBundleOption;
  activities?: object;
  /** Task queue of the worker. @default 'duvo' */
  taskQueue?: string;
}

/**
 * A real Temporal server and a simulated Duvo, to test a process on:
 *
 * ```ts
 * const env = await DuvoTestEnvironment.create({ timeSkipping: true });
 * env.simulator.script('agent', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
 * const result = await env.execute({ workflowsPath: require.resolve('./workflows') }, myProcess, input);
 * await env.stop();
 * ```
 */
export class DuvoTestEnvironment {
  private constructor(
    readonly simulator: DuvoSimulator,
    readonly client: Client,
    private readonly nativeConnection: NativeConnection,
    private readonly dialect: 'v1' | 'v2',
    private readonly stopTemporal: () => Promise<void>,
  ) {}

  static async create(options: TestEnvironmentOptions = {}): Promise<DuvoTestEnvironment> {
    const simulator = await DuvoSimulator.start(options.simulator);
    const { dialect = 'v1' } = options;
    if (options.timeSkipping) {
      const { path } = await findTimeSkippingServer();
      const temporal = await TestWorkflowEnvironment.createTimeSkipping({
        ...(path && { server: { executable: { type: 'existing-path', path } } }),
      });
      return new DuvoTestEnvironment(simulator, temporal.client, temporal.nativeConnection, dialect, () =>
        temporal.teardown(),
      );
    }
    const server = await startDevServer();
    const { address, namespace } = server;
    const [connection, nativeConnection] = await Promise.all([
      Connection.connect({ address }),
      NativeConnection.connect({ address }),
    ]);
    return new DuvoTestEnvironment(
      simulator,
      new Client({ connection, namespace }),
      nativeConnection,
      dialect,
      async () => {
        await Promise.all([connection.close(), nativeConnection.close()]);
        await server.stop();
      },
    );
  }

  /** Runs a worker of your workflows, with the Duvo activities beside it, while the work is done. */
  async withWorker<T>(source: TestWorkerOptions, work: () => Promise<T>): Promise<T> {
    const { apiKey, url: baseUrl, teamId } = this.simulator;
    const { dialect } = this;
    const worker = await Worker.create({
      taskQueue: DEFAULT_TASK_QUEUE,
      ...source,
      connection: this.nativeConnection,
      namespace: this.client.options.namespace,
      plugins: [
        new DuvoPlugin({
          apiKey,
          baseUrl,
          dialect,
          ...(dialect === 'v2' && { teamId }),
          apiTaskQueue: DEFAULT_API_TASK_QUEUE,
          requestsPerMinute: 'unlimited',
          env: {},
        }),
      ],
    });
    return worker.runUntil(work);
  }

  /**
   * Runs one workflow to its end, and returns its result.
   *
   * @param workflow the workflow function, or the name of its type
   * @throws the failure of the workflow
   */
  async execute<W extends Workflow>(
    source: TestWorkerOptions,
    workflow: W,
    ...args: Parameters<W>
  ): Promise<WorkflowResultType<W>>;
  async execute<T = unknown>(source: TestWorkerOptions, workflow: string, ...args: unknown[]): Promise<T>;
  async execute(source: TestWorkerOptions, workflow: string | Workflow, ...args: unknown[]): Promise<unknown> {
    return this.withWorker(source, () =>
      this.client.workflow.execute<(...args: unknown[]) => Promise<unknown>>(workflow, {
        taskQueue: source.taskQueue ?? DEFAULT_TASK_QUEUE,
        workflowId: `test-${randomUUID()}`,
        args,
      }),
    );
  }

  async stop(): Promise<void> {
    await this.simulator.close();
    await this.stopTemporal();
  }
}
