import { z } from 'zod';
import type { DialectName, OAuthOptions } from '../../duvo';
import { ConfigError } from './config-error';
import { CREDENTIAL_RULES } from './credential-rules';
import { DUVO_VARIABLES, type LogLevelName, PROCESS_VARIABLES } from './variables';

/** Upper limit of one HTTP call. An activity attempt may last 90 s (workflows/), and the call must end before it. */
const MAX_CALL_MS = 80_000;

/** Workflows and Duvo activities need two task queues, since the server limits the rate of a whole queue. */
export const SAME_QUEUE_PROBLEM =
  "must differ from the workflows' task queue, because Temporal limits the whole queue to the rate of the Duvo API: choose another name";

/** Option of a rule on more than one variable: the rule is checked even when a variable is malformed. */
const EVEN_IF_MALFORMED = { when: () => true };

const duvoSchema = withDuvoRules(z.object(DUVO_VARIABLES));
const workerSchema = withDuvoRules(z.object({ ...DUVO_VARIABLES, ...PROCESS_VARIABLES })).refine(
  ({ DUVO_TASK_QUEUE: workflows, DUVO_API_TASK_QUEUE: api }) => workflows === undefined || workflows !== api,
  { ...EVEN_IF_MALFORMED, path: ['DUVO_API_TASK_QUEUE'], error: SAME_QUEUE_PROBLEM },
);

function withDuvoRules<S extends z.ZodType<DuvoValues>>(schema: S): S {
  const withCredentials = CREDENTIAL_RULES.reduce(
    (checked, { path, error, isBroken }) =>
      checked.refine((values) => !isBroken(values), { ...EVEN_IF_MALFORMED, path, error }),
    schema,
  );
  return withCredentials
    .refine(({ DUVO_API_DIALECT: dialect, DUVO_TEAM_ID: team }) => dialect !== 'v2' || team !== undefined, {
      ...EVEN_IF_MALFORMED,
      path: ['DUVO_TEAM_ID'],
      error: 'is missing: the dialect in DUVO_API_DIALECT needs the id of a team',
    })
    .refine(
      ({ DUVO_CONNECT_TIMEOUT: connect, DUVO_HEADERS_TIMEOUT: headers, DUVO_BODY_TIMEOUT: body }) =>
        connect + headers + body <= MAX_CALL_MS,
      {
        path: ['DUVO_CONNECT_TIMEOUT'],
        error: `with DUVO_HEADERS_TIMEOUT and DUVO_BODY_TIMEOUT must not exceed ${MAX_CALL_MS / 1000} s in total: lower one of them`,
      },
    );
}

/** Settings of the worker that runs the Duvo activities. */
export interface DuvoConfig {
  /** Exactly one of `apiKey`, `apiKeyFile` and `oauth` is set. */
  apiKey?: string;
  apiKeyFile?: string;
  /** `DUVO_CLIENT_ID` and the other variables of the OAuth client. */
  oauth?: OAuthOptions;
  /** `DUVO_API_BASE_URL`. @default 'https://api.duvo.ai' */
  baseUrl?: string;
  /** `DUVO_API_DIALECT`. @default 'v1' */
  dialect: DialectName;
  /** `DUVO_TEAM_ID`; always set for `v2`. */
  teamId?: string;
  /** `DUVO_REQUESTS_PER_MINUTE`: the limit for all workers with this credential together. @default 300 */
  requestsPerMinute: number | 'unlimited';
  /** `DUVO_API_TASK_QUEUE`. @default 'duvo-api' */
  apiTaskQueue: string;
  /** `DUVO_FIRST_MESSAGE_FORMAT`. @default '{message}' */
  firstMessageFormat: string;
  /** `DUVO_SOURCE_ROOTS` and `DUVO_SOURCE_HOSTS`: what the workers may read as the source of a batch. @default nothing */
  sources: { roots: string[]; hosts: string[] };
  /** `DUVO_CHANNELS_FILE`: the channels that report gates to people. @default none */
  channelsFile?: string;
  /** `DUVO_INBOX_URL`. @default none */
  inboxUrl?: string;
  /** `DUVO_CONNECT_TIMEOUT` (10 s), `DUVO_HEADERS_TIMEOUT` (30 s), `DUVO_BODY_TIMEOUT` (30 s); milliseconds. */
  timeouts: { connectMs: number; headersMs: number; bodyMs: number };
}

/** Settings of the worker process. */
export interface WorkerConfig extends DuvoConfig {
  /** `DUVO_TASK_QUEUE`. @default 'duvo' */
  taskQueue: string;
  /** `DUVO_HEALTH_PORT`, `DUVO_HEALTH_HOST`; absent when the port is `off`. @default 8080 on 127.0.0.1 */
  health?: { port: number; host: string };
  /** `LOG_LEVEL`. @default 'info' */
  logLevel: LogLevelName;
}

type DuvoValues = z.infer<z.ZodObject<typeof DUVO_VARIABLES>>;

/**
 * Reads the settings of the plugin from environment variables. An empty variable counts as not set.
 *
 * @throws ConfigError that lists every problem
 */
export function readDuvoConfig(env: NodeJS.ProcessEnv = process.env): DuvoConfig {
  return toDuvoConfig(parseEnvironment(duvoSchema, env));
}

/**
 * Reads the settings of the worker process from environment variables. An empty variable counts as not set.
 *
 * @throws ConfigError that lists every problem
 */
export function readWorkerConfig(env: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const values = parseEnvironment(workerSchema, env);
  return {
    ...toDuvoConfig(values),
    taskQueue: values.DUVO_TASK_QUEUE,
    health:
      values.DUVO_HEALTH_PORT === 'off' ? undefined : { port: values.DUVO_HEALTH_PORT, host: values.DUVO_HEALTH_HOST },
    logLevel: values.LOG_LEVEL,
  };
}

function toDuvoConfig(values: DuvoValues): DuvoConfig {
  return {
    apiKey: values.DUVO_API_KEY,
    apiKeyFile: values.DUVO_API_KEY_FILE,
    oauth: toOAuthOptions(values),
    baseUrl: values.DUVO_API_BASE_URL,
    dialect: values.DUVO_API_DIALECT,
    teamId: values.DUVO_TEAM_ID,
    requestsPerMinute: values.DUVO_REQUESTS_PER_MINUTE,
    apiTaskQueue: values.DUVO_API_TASK_QUEUE,
    firstMessageFormat: values.DUVO_FIRST_MESSAGE_FORMAT,
    sources: { roots: values.DUVO_SOURCE_ROOTS, hosts: values.DUVO_SOURCE_HOSTS },
    channelsFile: values.DUVO_CHANNELS_FILE,
    inboxUrl: values.DUVO_INBOX_URL,
    timeouts: {
      connectMs: values.DUVO_CONNECT_TIMEOUT,
      headersMs: values.DUVO_HEADERS_TIMEOUT,
      bodyMs: values.DUVO_BODY_TIMEOUT,
    },
  };
}

function toOAuthOptions(values: DuvoValues): OAuthOptions | undefined {
  if (values.DUVO_CLIENT_ID === undefined) return undefined;
  return {
    clientId: values.DUVO_CLIENT_ID,
    clientSecret: values.DUVO_CLIENT_SECRET,
    privateKeyFile: values.DUVO_CLIENT_PRIVATE_KEY_FILE,
    tokenUrl: values.DUVO_TOKEN_URL,
    scopes: values.DUVO_SCOPES,
  };
}

function parseEnvironment<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const presentVariables = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const result = schema.safeParse(presentVariables);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map(({ path, message }) => ({ variable: path.join('.'), problem: message })),
  );
}
