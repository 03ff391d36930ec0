import { parse } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowResultType } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { DuvoPlugin } from '../../workers';
import { DEFAULT_API_TASK_QUEUE, DEFAULT_TASK_QUEUE } from '../../contract/names';
import { DuvoSimulator } from '../simulator/simulator';
import type { SimulatorOptions } from '../simulator/simulator-options';
import { installQuietRuntime } from './quiet-runtime';
import { startTemporal, type TestTemporal } from './start-temporal';
import { WorkflowMonitor } from './workflow-monitor';

export interface TestEnvironmentOptions {
  /**
   * Uses Temporal's time-skipping test server, whose clock jumps to the next timer when no work is pending. A ten-day gate
   * of a process then takes about a second; a ten-day gate of a run takes some seconds a day, because the run is polled
   * once a minute of skipped time. The server has no visibility, so the `list` methods of `DuvoWorkflows` fail, and all
   * workflows share one clock, so run one workflow at a time.
   * @default false, which starts a Temporal dev server
   */
  timeSkipping?: boolean;
  simulator?: SimulatorOptions;
  /** The dialect of the Duvo API that the workers use. @default 'v1' */
  dialect?: 'v1' | 'v2';
}

export interface TestWorkerOptions {
  /** Path of the workflows, as for `Worker.create`. The module must export `agentRun`. */
  workflowsPath?: string;
  /** A bundle to use instead of `workflowsPath`. */
  workflowBundle?: WorkflowBundleOption;
  activities?: object;
  /** Task queue of the worker. @default 'duvo' */
  taskQueue?: string;
}

export interface ExecuteOptions<Args = unknown[]> extends TestWorkerOptions {
  /** Arguments of the workflow. @default [] */
  args?: Args;
}

/**
 * A real Temporal server and a simulated Duvo, on which a process can be tested:
 *
 * ```ts
 * const env = await DuvoTestEnvironment.create({ timeSkipping: true });
 * env.simulator.script('agent', { steps: [{ ask: { type: 'approval', title: 'Pay?' } }, { end: 'completed' }] });
 * const workflowsPath = require.resolve('./workflows');
 * const result = await env.execute(myProcess, { workflowsPath, args: [input] });
 * await env.stop();
 * ```
 */
export class DuvoTestEnvironment {
  private constructor(
    readonly simulator: DuvoSimulator,
    private readonly temporal: TestTemporal,
    private readonly monitor: WorkflowMonitor,
    private readonly dialect: 'v1' | 'v2',
  ) {}

  /**
   * Starts a simulator and a Temporal server, which ends with this process at the latest. The log of Temporal's SDK is
   * limited to errors, unless the test has installed its own `Runtime` before.
   */
  static async create(options: TestEnvironmentOptions = {}): Promise<DuvoTestEnvironment> {
    const { dialect = 'v1', timeSkipping = false } = options;
    installQuietRuntime();
    const monitor = new WorkflowMonitor(!timeSkipping);
    const temporal = await startTemporal(timeSkipping, { workflow: [monitor.interceptor] });
    const simulator = await DuvoSimulator.start(options.simulator);
    return new DuvoTestEnvironment(simulator, temporal, monitor, dialect);
  }

  /** A client of the Temporal server. With time skipping, waiting for a result skips time. */
  get client(): Client {
    return this.temporal.client;
  }

  /**
   * Runs a worker with the given workflows and with the Duvo activities until `work` settles, and returns the result of
   * `work`.
   * @throws Error with the reason when a workflow can never end, such as a workflow that the module does not export
   */
  async withWorker<T>(options: TestWorkerOptions, work: () => Promise<T>): Promise<T> {
    const { apiKey, url: baseUrl, teamId } = this.simulator;
    const { dialect } = this;
    const worker = await Worker.create({
      taskQueue: DEFAULT_TASK_QUEUE,
      ...options,
      connection: this.temporal.nativeConnection,
      namespace: this.client.options.namespace,
      plugins: [
        new DuvoPlugin({
          apiKey,
          baseUrl,
          dialect,
          ...(dialect === 'v2' && { teamId }),
          apiTaskQueue: DEFAULT_API_TASK_QUEUE,
          requestsPerMinute: 'unlimited',
          // A test's own files and servers may be the source of a batch.
          env: { DUVO_SOURCE_ROOTS: parse(process.cwd()).root, DUVO_SOURCE_HOSTS: 'localhost, 127.0.0.1, ::1' },
        }),
      ],
    });
    return worker.runUntil(() => this.monitor.guard(this.client, work));
  }

  /**
   * Runs a worker and one workflow on it, and returns the workflow's result.
   * @param workflow the workflow function, or the name of its type
   * @throws WorkflowFailedError when the workflow fails, and Error with the reason when it can never end
   */
  execute<T extends Workflow>(workflow: T, options: ExecuteOptions<Parameters<T>>): Promise<WorkflowResultType<T>>;
  execute<T = unknown>(workflow: string, options: ExecuteOptions): Promise<T>;
  execute(workflow: Workflow | string, { args = [], ...workerOptions }: ExecuteOptions): Promise<unknown> {
    return this.withWorker(workerOptions, () =>
      this.client.workflow.execute(workflow, {
        taskQueue: workerOptions.taskQueue ?? DEFAULT_TASK_QUEUE,
        workflowId: `test-${randomUUID()}`,
        args,
      }),
    );
  }

  async stop(): Promise<void> {
    await this.simulator.close();
    await this.temporal.stop();
  }
}
