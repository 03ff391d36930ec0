import { Connection } from '@temporalio/client';
import type { Worker, WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { createDueActivities, createNotificationActivities, type NotificationOptions } from '../activities';
import type { DialectName, OAuthOptions } from '../duvo';
import { DuvoActivityWorker, createDuvoClient } from './duvo-activity-worker';
import { ConfigError, type DuvoConfig, readDuvoConfig, readNotifications, SAME_QUEUE_PROBLEM } from './config';
import { ensureSearchAttributes } from './search-attributes';

export interface DuvoPluginOptions {
  /** @default DUVO_API_KEY */
  apiKey?: string;
  /** A file that holds the key. The worker reads the file again when the file changes. @default DUVO_API_KEY_FILE */
  apiKeyFile?: string;
  /**
   * OAuth client credentials in place of a key.
   * @default DUVO_CLIENT_ID, with DUVO_CLIENT_SECRET or DUVO_CLIENT_PRIVATE_KEY_FILE, DUVO_TOKEN_URL and DUVO_SCOPES
   */
  oauth?: OAuthOptions;
  /** The dialect of the API. @default DUVO_API_DIALECT, else 'v1' */
  dialect?: DialectName;
  /** The id of the team whose agents run. Required for `v2`. @default DUVO_TEAM_ID */
  teamId?: string;
  /** @default DUVO_API_BASE_URL, else 'https://api.duvo.ai' */
  baseUrl?: string;
  /**
   * The API's limit for one credential. Temporal enforces it for all workers together, so all workers need the same value.
   * @default DUVO_REQUESTS_PER_MINUTE, else 300
   */
  requestsPerMinute?: number | 'unlimited';
  /** Task queue of the Duvo activities, one for each credential. @default DUVO_API_TASK_QUEUE, else 'duvo-api' */
  apiTaskQueue?: string;
  /**
   * What the worker does when the namespace lacks search attributes: `register` registers them, `check` refuses to start,
   * `skip` does not check. A workflow that sets an unregistered search attribute hangs until somebody registers it.
   * @default 'register'
   */
  searchAttributes?: 'register' | 'check' | 'skip';
  /**
   * The channels that report gates to people, by the names that gates give in `notify`, and the URL of the inbox.
   * @default the channels of DUVO_CHANNELS_FILE, and DUVO_INBOX_URL
   */
  notifications?: NotificationOptions;
  /** The variables that the defaults are read from. @default process.env */
  env?: NodeJS.ProcessEnv;
}

/**
 * Runs the Duvo activities next to your own worker, on a separate task queue, and gives your worker settings that suit
 * runs which wait for hours. Your workflow file must re-export the library's workflows, since a plugin cannot add any:
 * `export { agentRun } from 'duvo-temporal/workflows'`.
 *
 * ```ts
 * await Worker.create({ connection, taskQueue: 'duvo', workflowsPath, plugins: [new DuvoPlugin()] });
 * ```
 *
 * `Worker.create` throws a `SearchAttributeError` when the namespace lacks search attributes which it may not register.
 *
 * @throws ConfigError from the constructor when an option or a variable is missing or wrong
 */
export class DuvoPlugin implements WorkerPlugin {
  readonly name = 'duvo-temporal';
  private readonly config: DuvoConfig;
  private readonly searchAttributes: 'register' | 'check' | 'skip';
  private readonly notifications: NotificationOptions;
  private readonly activityWorkers = new Map<Worker, DuvoActivityWorker>();
  /** Activities of the workers that this plugin created: a connection with this plugin applies the plugin to them, too. */
  private readonly ownActivities = new WeakSet<object>();

  constructor(options: DuvoPluginOptions = {}) {
    this.config = readPluginConfig(options);
    this.searchAttributes = options.searchAttributes ?? 'register';
    this.notifications = readNotifications(this.config, options.notifications, options.env);
    // The client validates its options here, so that a wrong option fails now and not at the first call.
    void createDuvoClient(this.config).close();
  }

  /** Whether the Duvo activities of this worker are running. */
  isReady(worker: Worker): boolean {
    return this.activityWorkers.get(worker)?.isReady ?? false;
  }

  /**
   * Resolves to true once the Duvo activities of a running worker are running, too, or to false when they ended before
   * that.
   */
  async whenReady(worker: Worker): Promise<boolean> {
    return (await this.activityWorkers.get(worker)?.whenStarted) ?? false;
  }

  /** Called by `Worker.create`. */
  async configureWorker(options: WorkerOptions): Promise<WorkerOptions> {
    if (options.activities && this.ownActivities.has(options.activities)) return options;
    if (options.taskQueue === this.config.apiTaskQueue) {
      throw new ConfigError([{ variable: 'apiTaskQueue (DUVO_API_TASK_QUEUE)', problem: SAME_QUEUE_PROBLEM }]);
    }
    await this.ensureSearchAttributes(options);
    // Messages to people are sent on the task queue of the workflows: they must not take requests from the API's limit.
    const activities = {
      ...createDueActivities(),
      ...createNotificationActivities(this.notifications),
      ...options.activities,
    };
    return { ...withDefaults(options), activities };
  }

  /** Called by the worker's `run`. */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    // The worker of the Duvo activities itself, or a plugin that was passed both to the worker and to its connection.
    if (worker.options.taskQueue === this.config.apiTaskQueue || this.activityWorkers.has(worker)) return next(worker);
    try {
      await DuvoActivityWorker.runAlongside(
        worker,
        () => next(worker),
        this.config,
        (activityWorker, options) => {
          this.activityWorkers.set(worker, activityWorker);
          if (options?.activities) this.ownActivities.add(options.activities);
        },
      );
    } finally {
      this.activityWorkers.delete(worker);
    }
  }

  private async ensureSearchAttributes({ connection, namespace = 'default' }: WorkerOptions): Promise<void> {
    const mode = this.searchAttributes;
    if (mode === 'skip') return;
    if (connection) {
      await ensureSearchAttributes(connection, { namespace, mode });
      return;
    }
    // A worker without a connection connects to the SDK's default address.
    const ownConnection = await Connection.connect();
    try {
      await ensureSearchAttributes(ownConnection, { namespace, mode });
    } finally {
      await ownConnection.close();
    }
  }
}

/** Adds the settings that were best in measurements with hundreds of waiting runs. The user's own settings win. */
function withDefaults(options: WorkerOptions): WorkerOptions {
  return {
    // A worker that dies leaves its workflow tasks in its sticky queue. With the SDK's 10 s, all runs continued 11 s late;
    // with 1 s, 4 s late. A task that exceeds this time costs only a replay of some 25 events.
    stickyQueueScheduleToStartTimeout: '1s',
    // A cached waiting run costs 220 to 290 KB; an evicted run costs milliseconds of replay. 300 runs were as fast with
    // 100 cached runs as with all of them cached.
    maxCachedWorkflows: Math.max(100, options.maxConcurrentWorkflowTaskExecutions ?? 0),
    ...options,
  };
}

function readPluginConfig(options: DuvoPluginOptions): DuvoConfig {
  const {
    apiKey,
    apiKeyFile,
    oauth,
    dialect,
    teamId,
    baseUrl,
    requestsPerMinute,
    apiTaskQueue,
    env = process.env,
  } = options;
  const variables: NodeJS.ProcessEnv = { ...env };
  // A credential in the options replaces all credential variables.
  if (apiKey !== undefined || apiKeyFile !== undefined || oauth !== undefined) {
    variables.DUVO_API_KEY = apiKey;
    variables.DUVO_API_KEY_FILE = apiKeyFile;
    variables.DUVO_CLIENT_ID = oauth?.clientId;
    variables.DUVO_CLIENT_SECRET = oauth?.clientSecret;
    variables.DUVO_CLIENT_PRIVATE_KEY_FILE = oauth?.privateKeyFile;
    variables.DUVO_TOKEN_URL = oauth?.tokenUrl;
    variables.DUVO_SCOPES = oauth?.scopes?.join(' ');
  }
  if (dialect !== undefined) variables.DUVO_API_DIALECT = dialect;
  if (teamId !== undefined) variables.DUVO_TEAM_ID = teamId;
  if (baseUrl !== undefined) variables.DUVO_API_BASE_URL = baseUrl;
  if (requestsPerMinute !== undefined) variables.DUVO_REQUESTS_PER_MINUTE = String(requestsPerMinute);
  if (apiTaskQueue !== undefined) variables.DUVO_API_TASK_QUEUE = apiTaskQueue;
  return readDuvoConfig(variables);
}
