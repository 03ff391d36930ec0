/** The environment variables of the worker: how each is read, its default and its meaning. */
import { z } from 'zod';
import { parseDurationMs } from '../../contract/durations';
import { DEFAULT_API_TASK_QUEUE, DEFAULT_TASK_QUEUE } from '../../contract/names';
import { sourceHosts, sourceRoots } from './source-lists';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];

const nonEmptyText = z.string().trim().min(1);

const url = nonEmptyText.refine((value) => /^https?:\/\//i.test(value) && URL.canParse(value), {
  error: 'must be an http or https URL, such as https://api.duvo.ai',
});

const messageFormat = nonEmptyText.refine((value) => value.includes('{message}'), {
  error: 'must contain {message}, which stands for the message of the start',
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
    error: 'must be a port number (0 selects a free port), or off',
  })
  .transform((value) => (value === 'off' ? ('off' as const) : Number(value)));

const duration = nonEmptyText
  .refine((value) => (parseDurationMs(value) ?? 0) >= 1, {
    error: "must be a duration: a number with a unit (ms, s, m, h, d or w), such as '10s' or '500ms'",
    abort: true,
  })
  .transform((value) => Math.ceil(parseDurationMs(value) ?? 0));

const logLevel = nonEmptyText
  .toLowerCase()
  .pipe(z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }));

/** The variables that the plugin reads. Each description is a row of docs/reference/configuration.md. */
export const DUVO_VARIABLES = {
  DUVO_API_KEY: nonEmptyText.optional().describe('The API key. Exactly one credential must be set.'),
  DUVO_API_KEY_FILE: nonEmptyText
    .optional()
    .describe('A file that holds the API key. The worker reads the file again when the file changes.'),
  DUVO_CLIENT_ID: nonEmptyText
    .optional()
    .describe('The OAuth client, in place of an API key. Needs a client secret or a private key.'),
  DUVO_CLIENT_SECRET: nonEmptyText.optional().describe('The secret of the OAuth client.'),
  DUVO_CLIENT_PRIVATE_KEY_FILE: nonEmptyText
    .optional()
    .describe('A file with the private key of the OAuth client (PEM), in place of a secret.'),
  DUVO_TOKEN_URL: url.optional().describe("The token endpoint. When it is not set, the API's own endpoint is used."),
  DUVO_SCOPES: scopes.optional().describe('The OAuth scopes to request, separated by spaces.'),
  DUVO_API_BASE_URL: url.optional().describe('The URL of the API. When it is not set, `https://api.duvo.ai` is used.'),
  DUVO_API_DIALECT: apiDialect.prefault('v1').describe('The dialect of the API: `v1` or `v2`.'),
  DUVO_TEAM_ID: nonEmptyText.optional().describe('The id of the team whose agents run. Required for `v2`.'),
  DUVO_REQUESTS_PER_MINUTE: requestsPerMinute
    .prefault('300')
    .describe(
      "The API's limit for one credential, or `unlimited`. All workers with the same credential share the limit and need the same value.",
    ),
  DUVO_API_TASK_QUEUE: taskQueue
    .prefault(DEFAULT_API_TASK_QUEUE)
    .describe('The task queue of the Duvo activities, one for each credential. It must differ from `DUVO_TASK_QUEUE`.'),
  DUVO_FIRST_MESSAGE_FORMAT: messageFormat
    .prefault('{message}')
    .describe(
      'How Duvo shows the message of a start as the first message of its run, with `{message}` for the message. By it, a start whose response was lost recognises its run.',
    ),
  DUVO_SOURCE_ROOTS: sourceRoots
    .prefault('')
    .describe(
      'The folders whose files the workers may read as the source of a batch: absolute paths, separated as in `PATH`. When it is not set, the workers read no file.',
    ),
  DUVO_SOURCE_HOSTS: sourceHosts
    .prefault('')
    .describe(
      'The hosts whose URLs the workers may read as the source of a batch: names (`files.example.com`, `*.example.com`, also with a port), addresses or ranges (`10.1.0.0/16`), separated by commas. A name that leads to an address which is not public needs this address in the list, too, unless a proxy connects to it. When it is not set, the workers read no URL.',
    ),
  DUVO_CHANNELS_FILE: nonEmptyText
    .optional()
    .describe(
      'A YAML file with the channels that report gates to people ([notifications](../guides/notifications.md)). When it is not set, there are no channels.',
    ),
  DUVO_INBOX_URL: url
    .optional()
    .describe(
      'The URL of the inbox, for the links in the messages about gates. When it is not set, they have no link.',
    ),
  DUVO_CONNECT_TIMEOUT: duration
    .prefault('10s')
    .describe(
      'The time limit to get a connection: waiting for a free one, DNS, TCP and TLS. The three timeouts may be 80 s together at most.',
    ),
  DUVO_HEADERS_TIMEOUT: duration
    .prefault('30s')
    .describe('The time limit from the connection until the response headers.'),
  DUVO_BODY_TIMEOUT: duration.prefault('30s').describe('The time limit from the headers until the whole body is read.'),
};

/** The variables that only the worker process reads. */
export const PROCESS_VARIABLES = {
  DUVO_TASK_QUEUE: taskQueue.prefault(DEFAULT_TASK_QUEUE).describe('The task queue of the workflows.'),
  DUVO_HEALTH_PORT: healthPort
    .prefault('8080')
    .describe('The port of `/healthz` and `/readyz`. `0` selects a free port, `off` starts no health endpoint.'),
  DUVO_HEALTH_HOST: nonEmptyText.prefault('127.0.0.1').describe('The address that the health endpoint listens on.'),
  LOG_LEVEL: logLevel.prefault('info').describe(`The lowest level that is logged: ${LOG_LEVELS.join(', ')}.`),
};
