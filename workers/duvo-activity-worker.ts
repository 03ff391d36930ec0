import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createDuvoActivities } from '../activities';
import { type Deprecation, DuvoClient } from '../duvo';
import type { DuvoConfig } from './config';

/** Time for running calls to end, in milliseconds. Then reads are cancelled. */
const GRACE_MS = 10_000;

/** Time until the calls are cut off that still wait for their response. They are retried with the same idempotency key. */
const CUT_OFF_MS = 12_000;

/** Time until the worker ends with an error, because an activity does not end although its calls were cut off. */
const FORCE_MS = 14_000;

/** Upper limit of concurrent HTTP calls of one worker, and of its connections to Duvo. */
const MAX_CONCURRENT_CALLS = 100;

/**
 * Returns the options of the worker that runs the Duvo activities. This worker has a separate task queue, since the server
 * limits the rate of a whole queue. It shares only the user's connection, the identity and the data converter with the user's
 * worker.
 */
export function activityWorkerOptions(config: DuvoConfig, main: Worker, client: DuvoClient): WorkerOptions {
  const { requestsPerMinute, apiTaskQueue, firstMessageFormat, sources } = config;
  return {
    connection: sharedConnection(main),
    namespace: main.options.namespace,
    identity: main.options.identity,
    dataConverter: main.options.dataConverter,
    taskQueue: apiTaskQueue,
    activities: createDuvoActivities({ client, firstMessageFormat, sources }),
    // The server enforces the API's limit for all workers of the queue together. A retry counts, since it is a request.
    maxTaskQueueActivitiesPerSecond: requestsPerMinute === 'unlimited' ? undefined : requestsPerMinute / 60,
    maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_CALLS,
    // A poller fetches one task in each round trip: with a round trip of 30 ms, 20 pollers fetch 600 tasks a second.
    maxConcurrentActivityTaskPolls: 20,
    // A cancellation arrives in the response to a heartbeat, and what an attempt knows of its request survives a killed worker
    // only in a heartbeat. The activities themselves send one heartbeat a second, and one more when that knowledge changes.
    maxHeartbeatThrottleInterval: '50ms',
    defaultHeartbeatThrottleInterval: '50ms',
    shutdownGraceTime: GRACE_MS,
    shutdownForceTime: FORCE_MS,
  };
}

/**
 * Returns the connection that the user created, or `undefined` when the SDK created one for `main`: each worker closes such a
 * connection at its end, and that fails while another worker uses it. Two workers without a connection have one each.
 */
function sharedConnection({ connection }: Worker): NativeConnection | undefined {
  return connection?.constructor === NativeConnection ? connection : undefined;
}

/**
 * Creates the Duvo client of a configuration.
 *
 * @param onDeprecation called once for each path that Duvo reports as deprecated
 */
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

/** Returns a log line. The message has all the facts, since the worker process drops unknown fields of log entries. */
export function describeDeprecation({ operation, method, path, deprecatedAt, sunsetAt, link }: Deprecation): string {
  const since = deprecatedAt === undefined ? '' : ` since ${deprecatedAt}`;
  const until = sunsetAt === undefined ? '' : `, to be removed at ${sunsetAt}`;
  const more = link === undefined ? '' : `: see ${link}`;
  return `Duvo reports ${method} ${path} (${operation}) as deprecated${since}${until}${more}`;
}

/** The worker that runs the Duvo activities, next to a worker that runs the workflows. */
export class DuvoActivityWorker {
  /** Resolves to true once this worker polls for tasks, or to false when it ended before that. */
  readonly whenStarted: Promise<boolean>;
  private resolveStarted: (ready: boolean) => void = () => undefined;
  private worker?: Worker;
  private stopped = false;

  private constructor() {
    this.whenStarted = new Promise((resolve) => (this.resolveStarted = resolve));
  }

  /**
   * Runs `main` and the worker of the Duvo activities together. When one of them ends, for whatever reason, the other
   * one drains and ends, too. When `main` shuts down, the worker of the Duvo activities drains first, so that the
   * workflows of `main` still handle the results of its last calls.
   *
   * @param register called with the new activity worker, and again with its options before it runs
   * @throws the error of the worker that failed first
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
    const recordError = (error: unknown) => {
      firstError ??= { error };
    };
    // The user's worker must run before this call returns, since `runUntil` stops only a running worker.
    const mainEnded = runMain()
      .catch(recordError)
      .finally(() => companion.stop());
    const companionEnded = companion.run(main, config, (options) => register(companion, options)).catch(recordError);
    shutDownAfter(main, companionEnded, () => companion.stop());
    await Promise.all([mainEnded, companionEnded]);
    if (firstError) throw firstError.error;
  }

  /** Whether this worker polls for tasks. */
  get isReady(): boolean {
    return this.worker?.getState() === 'RUNNING';
  }

  private async run(main: Worker, config: DuvoConfig, register: (options: WorkerOptions) => void): Promise<void> {
    const warn = (found: Deprecation) => void Runtime.instance().logger.warn(describeDeprecation(found));
    const client = createDuvoClient(config, warn);
    let cutOff: { cancel(): void } | undefined;
    try {
      const options = activityWorkerOptions(config, main, client);
      register(options);
      this.worker = await Worker.create(options);
      cutOff = cutOffCallsAfterShutdown(this.worker, client);
      const running = this.worker.run();
      if (this.stopped) this.stop();
      else this.resolveStarted(true);
      await running;
    } finally {
      this.resolveStarted(false);
      cutOff?.cancel();
      await client.destroy();
    }
  }

  private stop(): void {
    this.stopped = true;
    if (this.worker?.getState() === 'RUNNING') this.worker.shutdown();
  }
}

/**
 * Closes the connections of a worker's client some time after the worker's shutdown began: an activity that changes something
 * waits for its response, which may take a minute.
 */
function cutOffCallsAfterShutdown(worker: Worker, client: DuvoClient): { cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const shutDown = worker.shutdown.bind(worker);
  worker.shutdown = () => {
    shutDown();
    timer = setTimeout(() => void client.destroy(), CUT_OFF_MS);
  };
  return { cancel: () => clearTimeout(timer) };
}

/**
 * Makes a worker shut down only after another one has ended, and shut down when the other one ends by itself. Temporal's
 * runtime and `runUntil` call the same method as the user. Meanwhile the worker's state is `STOPPING`, as after any shutdown.
 */
function shutDownAfter(worker: Worker, otherEnded: Promise<void>, stopOther: () => void): void {
  const shutDown = worker.shutdown.bind(worker);
  const getState = worker.getState.bind(worker);
  const isRunning = () => getState() === 'RUNNING';
  worker.shutdown = () => {
    if (!isRunning()) return shutDown();
    worker.getState = () => (isRunning() ? 'STOPPING' : getState());
    stopOther();
  };
  void otherEnded.then(() => {
    worker.shutdown = shutDown;
    worker.getState = getState;
    if (isRunning()) shutDown();
  });
}
