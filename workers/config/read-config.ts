import { z } from 'zod';
import type { DialectName, OAuthOptions } from '../../duvo';
import { DEFAULT_API_TASK_QUEUE, DEFAULT_TASK_QUEUE } from '../../contract/names';
import { parseDurationMs } from '../../contract/durations';
import { ConfigError } from './config-error';
import { CREDENTIAL_RULES } from './credential-rules';

/** The Duvo API's limit for a key, in requests a minute. */
export const DEFAULT_REQUESTS_PER_MINUTE = 300;

/** One attempt may last 90 s (workflows/duvo-activities.ts): its HTTP call has to end before. */
const MAX_CALL_MS = 80_000;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];

const nonEmptyText = z.string().trim().min(1);

const url = nonEmptyText.refine((value) => /^https?:\/\//i.test(value) && URL.canParse(value), {
  error: 'must be an http or https URL, such as https://api.duvo.ai',
});

const scopes = nonEmptyText.transform((value) => value.split(/\s+/));

const apiDialect = nonEmptyText.toLowerCase().pipe(z.enum(['v1', 'v2'], { error: 'must be v1 or v2' }));

const taskQueue = nonEmptyText.refine((value) => !value.startsWith('__temporal_') && value !== '__stack_trace', {
  error: 'is reserved by Temporal: choose another name',
});

const requestsPerMinute = nonEmptyText
  .refine((value) => value === 'unlimited' || (/^\d+(\.\d+)?$/.test(value) && Number(value) > 0), {
    error: 'must be a number above 0, or unlimited',
  })
  .transform((value) => (value === 'unlimited' ? ('unlimited' as const) : Number(value)));

const healthPort = nonEmptyText
  .refine((value) => value === 'off' || (/^\d+$/.test(value) && Number(value) <= 65_535), {
    error: 'must be a port (0 takes a free one), or off',
  })
  .transform((value) => (value === 'off' ? ('off' as const) : Number(value)));

const duration = nonEmptyText
  .refine((value) => (parseDurationMs(value) ?? 0) >= 1, {
    error: "must be a duration such as '10s' or '500ms'",
    abort: true,
  })
  .transform((value) => Math.ceil(parseDurationMs(value) ?? 0));

const logLevel = nonEmptyText
  .toLowerCase()
  .pipe(z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }));

/** What the plugin needs, by environment variable. */
const duvoShape = {
  DUVO_API_KEY: nonEmptyText.optional(),
  DUVO_API_KEY_FILE: nonEmptyText.optional(),
  DUVO_CLIENT_ID: nonEmptyText.optional(),
  DUVO_CLIENT_SECRET: nonEmptyText.optional(),
  DUVO_CLIENT_PRIVATE_KEY_FILE: nonEmptyText.optional(),
  DUVO_TOKEN_URL: url.optional(),
  DUVO_SCOPES: scopes.optional(),
  DUVO_API_BASE_URL: url.optional(),
  DUVO_API_DIALECT: apiDialect.default('v1'),
  DUVO_TEAM_ID: nonEmptyText.optional(),
  DUVO_REQUESTS_PER_MINUTE: requestsPerMinute.default(DEFAULT_REQUESTS_PER_MINUTE),
  DUVO_API_TASK_QUEUE: taskQueue.default(DEFAULT_API_TASK_QUEUE),
  DUVO_CONNECT_TIMEOUT: duration.default(10_000),
  DUVO_HEADERS_TIMEOUT: duration.default(30_000),
  DUVO_BODY_TIMEOUT: duration.default(30_000),
};

/** What the worker process needs besides. */
const processShape = {
  DUVO_TASK_QUEUE: taskQueue.default(DEFAULT_TASK_QUEUE),
  DUVO_HEALTH_PORT: healthPort.default(8080),
  DUVO_HEALTH_HOST: nonEmptyText.default('127.0.0.1'),
  LOG_LEVEL: logLevel.default('info'),
};

/** Why two task queues: the server limits the rate of a whole queue. */
export const SAME_QUEUE_PROBLEM =
  "must differ from the workflows' task queue: its rate is limited to that of the Duvo API, for all that runs on it";

/** Rules on more than one variable, which are checked even when another variable is malformed. */
const EVEN_IF_MALFORMED = { when: () => true };

const duvoSchema = withDuvoRules(z.object(duvoShape));
const workerSchema = withDuvoRules(z.object({ ...duvoShape, ...processShape })).refine(
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
      error: 'is missing: the API of DUVO_API_DIALECT needs the id of a team',
    })
    .refine(
      ({ DUVO_CONNECT_TIMEOUT: connect, DUVO_HEADERS_TIMEOUT: headers, DUVO_BODY_TIMEOUT: body }) =>
        connect + headers + body <= MAX_CALL_MS,
      {
        path: ['DUVO_CONNECT_TIMEOUT'],
        error: `with DUVO_HEADERS_TIMEOUT and DUVO_BODY_TIMEOUT must not be longer than ${MAX_CALL_MS / 1000} s in all: lower one of them`,
      },
    );
}

/** What the Duvo activities' worker is made of. */
export interface DuvoConfig {
  /** Exactly one of `apiKey`, `apiKeyFile` and `oauth` is set. */
  apiKey?: string;
  apiKeyFile?: string;
  /** `DUVO_CLIENT_ID` and what belongs to it. */
  oauth?: OAuthOptions;
  /** `DUVO_API_BASE_URL`. @default the Duvo client's */
  baseUrl?: string;
  /** `DUVO_API_DIALECT`. @default 'v1' */
  dialect: DialectName;
  /** `DUVO_TEAM_ID`; set for `v2`. */
  teamId?: string;
  /** `DUVO_REQUESTS_PER_MINUTE`, of all workers with this key together. @default 300 */
  requestsPerMinute: number | 'unlimited';
  /** `DUVO_API_TASK_QUEUE`. @default 'duvo-api' */
  apiTaskQueue: string;
  /** `DUVO_CONNECT_TIMEOUT` (10 s), `DUVO_HEADERS_TIMEOUT` (30 s), `DUVO_BODY_TIMEOUT` (30 s); milliseconds. */
  timeouts: { connectMs: number; headersMs: number; bodyMs: number };
}

/** Configuration of the worker process. */
export interface WorkerConfig extends DuvoConfig {
  /** `DUVO_TASK_QUEUE`. @default 'duvo' */
  taskQueue: string;
  /** `DUVO_HEALTH_PORT`, `DUVO_HEALTH_HOST`; absent when the port is `off`. @default 8080 on 127.0.0.1 */
  health?: { port: number; host: string };
  /** `LOG_LEVEL`. @default 'info' */
  logLevel: LogLevelName;
}

type DuvoValues = z.infer<z.ZodObject<typeof duvoShape>>;

/**
 * The part of the configuration that the plugin needs, from the environment.
 *
 * @throws ConfigError with all problems at once
 */
export function readDuvoConfig(env: NodeJS.ProcessEnv = process.env): DuvoConfig {
  return toDuvoConfig(parseEnvironment(duvoSchema, env));
}

/**
 * The configuration of the worker process, from the environment. An empty variable counts as one that is not set.
 *
 * @throws ConfigError with all problems at once
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
