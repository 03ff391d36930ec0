import type { z } from 'zod';
import { DUVO_VARIABLES, PROCESS_VARIABLES } from './variables';

/** A row of a table: the variable, its default and its meaning. */
type Row = [name: string, defaultValue: string | undefined, meaning: string];

/** The library itself does not read these variables: Temporal's own configuration loader does. */
const TEMPORAL_ROWS: Row[] = [
  ['TEMPORAL_ADDRESS', 'localhost:7233', 'The address of the Temporal server.'],
  ['TEMPORAL_NAMESPACE', 'default', 'The namespace.'],
  ['TEMPORAL_API_KEY', undefined, 'The API key of Temporal Cloud.'],
  ['TEMPORAL_PROFILE', 'default', 'The profile of `temporal.toml` to read.'],
  ['TEMPORAL_CONFIG_FILE', undefined, 'The path of `temporal.toml`, if it is not in its usual place.'],
  ['TEMPORAL_TLS', undefined, '`true` or `false`: whether the connection uses TLS.'],
  ['TEMPORAL_TLS_CLIENT_CERT_PATH', undefined, 'The certificate of the client, for mutual TLS.'],
  ['TEMPORAL_TLS_CLIENT_KEY_PATH', undefined, 'The private key of the client, for mutual TLS.'],
  ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', undefined, 'The certificate authority that signed the server certificate.'],
  ['TEMPORAL_TLS_SERVER_NAME', undefined, 'The server name that the server certificate must have.'],
  ['TEMPORAL_CODEC_ENDPOINT', undefined, 'The URL of a codec server that encodes and decodes payloads.'],
  [
    'TEMPORAL_CODEC_AUTH',
    undefined,
    'The header `Authorization` of requests to the codec server. Without it, a user and a password in the URL are used.',
  ],
  [
    'DUVO_DATA_CONVERTER',
    undefined,
    'The path or package name of a module whose export `dataConverter`, or whose default export, is a data converter of the SDK. Relative to the current directory.',
  ],
];

const DEVELOPMENT_ROWS: Row[] = [
  [
    'TEMPORAL_CLI_PATH',
    undefined,
    'The `temporal` executable whose dev server is started. When it is not set: the PATH, the cache, a download.',
  ],
  [
    'TEMPORAL_TEST_SERVER_PATH',
    undefined,
    'The executable of the time-skipping test server. When it is not set: the PATH, the cache, a download.',
  ],
  ['XDG_CACHE_HOME', undefined, "The folder of downloaded servers. When it is not set: the platform's cache folder."],
];

/** Returns the reference of all environment variables of the worker in Markdown, made from the variables' schema. */
export function formatConfigReference(): string {
  const sections = [
    ['The Duvo API', 'The plugin and the worker process read these variables.', toRows(DUVO_VARIABLES)],
    ['The worker process', '`npx duvo-temporal worker` reads these variables, too.', toRows(PROCESS_VARIABLES)],
    [
      'The connection to Temporal',
      "The worker process and the commands read these variables and the profiles of `temporal.toml`, as Temporal's CLI does.",
      TEMPORAL_ROWS,
    ],
    [
      'Temporal servers for development and tests',
      '`dev`, `demo` and the test environment read these variables.',
      DEVELOPMENT_ROWS,
    ],
  ] as const;
  const head = [
    '# Configuration',
    'This page is made from `workers/config` by `npm run docs`. Do not edit it.',
    'An empty variable counts as not set. A worker with a wrong configuration ends at once, and its error names every variable that is wrong. A duration is a number with a unit (`ms`, `s`, `m`, `h`, `d` or `w`), such as `500ms`, `10s` or `2m`.',
  ];
  const body = sections.flatMap(([title, introduction, rows]) => [`## ${title}`, introduction, formatTable(rows)]);
  return `${[...head, ...body].join('\n\n')}\n`;
}

function toRows(variables: Record<string, z.ZodType>): Row[] {
  return Object.entries(variables).map(([name, schema]) => [name, readDefault(schema), schema.description ?? '']);
}

/** Returns the default as a user would write it in the variable. */
function readDefault(schema: z.ZodType): string | undefined {
  const { defaultValue } = schema.def as { defaultValue?: unknown };
  return typeof defaultValue === 'string' ? defaultValue : undefined;
}

function formatTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ([name, defaultValue, meaning]) =>
      `| \`${name}\` | ${defaultValue ? `\`${defaultValue}\`` : 'none'} | ${meaning} |`,
  );
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...lines].join('\n');
}
