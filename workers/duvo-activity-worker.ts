import { Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createDuvoActivities } from '../activities';
import { type Deprecation, DuvoClient } from '../duvo';
import type { DuvoConfig } from './config';

/** HTTP calls at one time of one worker, and connections to Duvo. */
const MAX_CONCURRENT_CALLS = 100;

/**
 * What the worker of the Duvo activities is made of. It has a task queue of its own, since the server limits the rate of
 * a whole queue, and takes nothing of the user's worker but where Temporal is and how payloads are converted.
 */
export function activityWorkerOptions(config: DuvoConfig, main: Worker, client: DuvoClient): WorkerOptions {
  const { requestsPerMinute, apiTaskQueue } = config;
  return {
    connection: main.connection,
    namespace: main.options.namespace,
    identity: main.options.identity,
    dataConverter: main.options.dataConverter,
    taskQueue: apiTaskQueue,
    activities: createDuvoActivities({ client }),
    // The API's limit, kept by the server for all workers of the queue together. A retry counts, as it is a request.
    maxTaskQueueActivitiesPerSecond: requestsPerMinute === 'unlimited' ? undefined : requestsPerMinute / 60,
    maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_CALLS,
    // A poller carries one task for each round trip: with 20 a worker keeps up with 600 polls a second at 30 ms.
    maxConcurrentActivityTaskPolls: 20,
    // A cancellation comes with the answer to a heartbeat: so heartbeats may not be held back for long.
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
    // Lets a call that is under way end; a call that is broken off is made again, with the same key.
    shutdownGraceTime: '10s',
  };
}

/** A client of the configuration. @param onDeprecation called once for each path that Duvo calls deprecated */
export function createDuvoClient(
  { apiKey, apiKeyFile, oauth, baseUrl, dialect, teamId, timeouts }: DuvoConfig,
  onDeprecation?: (deprecation: Deprecation) => void,
): DuvoClient {
  return new DuvoClient({
    apiKey,
    apiKeyFile,
    oauth,
    baseUrl,
    dialect,
    teamId,
    timeouts,
    maxConnections: MAX_CONCURRENT_CALLS,
    onDeprecation,
  });
}

/** One line of the log. All of it stands in the message: the worker process drops fields that it does not know. */
export function describeDeprecation({ operation, method, path, deprecatedAt, sunsetAt, link }: Deprecation): string {
  const since = deprecatedAt === undefined ? '' : ` since ${deprecatedAt}`;
  const until = sunsetAt === undefined ? '' : `, to be gone at ${sunsetAt}`;
  const more = link === undefined ? '' : `: see ${link}`;
  return `Duvo calls ${method} ${path} (${operation}) deprecated${since}${until}${more}`;
}

/** The worker of the Duvo activities, beside a worker that runs the workflows. */
export class DuvoActivityWorker {
  /** Comes true once it takes tasks, or false when it has ended before it did. */
  readonly whenStarted: Promise<boolean>;
  private resolveStarted: (ready: boolean) => void = () => undefined;
  private worker?: Worker;
  private stopped = false;

  private constructor() {
    this.whenStarted = new Promise((resolve) => (this.resolveStarted = resolve));
  }

  /**
   * Runs `main` and the worker of the Duvo activities together: when one of them ends, for whatever reason, the other
   * one drains and ends too.
   *
   * @param register called with the companion's worker before it runs
   * @throws the error of the one that failed first
   */
  static async runAlongside(
    main: Worker,
    runMain: () => Promise<void>,
    config: DuvoConfig,
    register: (activityWorker: DuvoActivityWorker, options?: WorkerOptions) => void,
  ): Promise<void> {
    const companion = new DuvoActivityWorker();
    register(companion);
    let firstError: { error: unknown } | undefined;
    const stopBoth = () => {
      if (main.getState() === 'RUNNING') main.shutdown();
      companion.stop();
    };
    const recordError = (error: unknown) => {
      firstError ??= { error };
    };
    // The user's worker has to be running when this call comes back: `runUntil` only stops one that runs.
    await Promise.all([
      runMain().catch(recordError).finally(stopBoth),
      companion
        .run(main, config, (options) => register(companion, options))
        .catch(recordError)
        .finally(stopBoth),
    ]);
    if (firstError) throw firstError.error;
  }

  /** Whether it takes tasks. */
  get isReady(): boolean {
    return this.worker?.getState() === 'RUNNING';
  }

  private async run(main: Worker, config: DuvoConfig, register: (options: WorkerOptions) => void): Promise<void> {
    const warn = (found: Deprecation) => void Runtime.instance().logger.warn(describeDeprecation(found));
    const client = createDuvoClient(config, warn);
    try {
      const options = activityWorkerOptions(config, main, client);
      register(options);
      this.worker = await Worker.create(options);
      const running = this.worker.run();
      if (this.stopped) this.stop();
      else this.resolveStarted(true);
      await running;
    } finally {
      this.resolveStarted(false);
      await client.close();
    }
  }

  private stop(): void {
    this.stopped = true;
    if (this.worker?.getState() === 'RUNNING') this.worker.shutdown();
  }
}
