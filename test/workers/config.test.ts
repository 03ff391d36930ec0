import { ConfigError, readDuvoConfig, readWorkerConfig } from '../../workers';

const KEY = { DUVO_API_KEY: 'key-that-nobody-may-see' };

function problems(env: NodeJS.ProcessEnv): { variable: string; problem: string }[] {
  try {
    readWorkerConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('the configuration has the documented defaults', () => {
  expect(readWorkerConfig(KEY)).toEqual({
    apiKey: 'key-that-nobody-may-see',
    apiKeyFile: undefined,
    oauth: undefined,
    baseUrl: undefined,
    dialect: 'v1',
    teamId: undefined,
    sources: { roots: [], hosts: [] },
    requestsPerMinute: 300,
    apiTaskQueue: 'duvo-api',
    firstMessageFormat: '{message}',
    taskQueue: 'duvo',
    timeouts: { connectMs: 10_000, headersMs: 30_000, bodyMs: 30_000 },
    health: { port: 8080, host: '127.0.0.1' },
    logLevel: 'info',
  });
});

test('every variable sets its field of the configuration', () => {
  expect(
    readWorkerConfig({
      DUVO_API_KEY_FILE: '/run/secrets/duvo',
      DUVO_API_BASE_URL: 'http://127.0.0.1:4010/base',
      DUVO_API_DIALECT: 'V2',
      DUVO_TEAM_ID: 'team-1',
      DUVO_REQUESTS_PER_MINUTE: 'unlimited',
      DUVO_TASK_QUEUE: 'mine',
      DUVO_API_TASK_QUEUE: 'mine-api',
      DUVO_FIRST_MESSAGE_FORMAT: 'Task: {message}',
      DUVO_CONNECT_TIMEOUT: '2s',
      DUVO_HEADERS_TIMEOUT: '500ms',
      DUVO_BODY_TIMEOUT: '1m',
      DUVO_HEALTH_PORT: '0',
      DUVO_HEALTH_HOST: '0.0.0.0',
      LOG_LEVEL: 'DEBUG',
      DUVO_SOURCE_ROOTS: '/data/in:/mnt/share',
      DUVO_SOURCE_HOSTS: 'files.example.com:8443, 10.1.0.0/16',
    }),
  ).toEqual({
    apiKey: undefined,
    apiKeyFile: '/run/secrets/duvo',
    oauth: undefined,
    baseUrl: 'http://127.0.0.1:4010/base',
    dialect: 'v2',
    teamId: 'team-1',
    sources: { roots: ['/data/in', '/mnt/share'], hosts: ['files.example.com:8443', '10.1.0.0/16'] },
    requestsPerMinute: 'unlimited',
    apiTaskQueue: 'mine-api',
    firstMessageFormat: 'Task: {message}',
    taskQueue: 'mine',
    timeouts: { connectMs: 2_000, headersMs: 500, bodyMs: 60_000 },
    health: { port: 0, host: '0.0.0.0' },
    logLevel: 'debug',
  });
});

test('an OAuth client can be configured instead of an API key', () => {
  const client = { DUVO_CLIENT_ID: 'client', DUVO_CLIENT_SECRET: 'secret' };
  expect(readDuvoConfig(client)).toMatchObject({
    apiKey: undefined,
    oauth: { clientId: 'client', clientSecret: 'secret', tokenUrl: undefined, scopes: undefined },
  });
  expect(
    readDuvoConfig({
      DUVO_CLIENT_ID: 'client',
      DUVO_CLIENT_PRIVATE_KEY_FILE: '/run/secrets/key.pem',
      DUVO_TOKEN_URL: 'https://login.example/token',
      DUVO_SCOPES: ' runs:read  runs:write ',
    }).oauth,
  ).toEqual({
    clientId: 'client',
    clientSecret: undefined,
    privateKeyFile: '/run/secrets/key.pem',
    tokenUrl: 'https://login.example/token',
    scopes: ['runs:read', 'runs:write'],
  });
});

test('an empty variable counts as one that is not set', () => {
  expect(readWorkerConfig({ ...KEY, DUVO_API_KEY_FILE: '', DUVO_TASK_QUEUE: ' ' }).taskQueue).toBe('duvo');
});

test('DUVO_HEALTH_PORT=off turns the health endpoint off', () => {
  expect(readWorkerConfig({ ...KEY, DUVO_HEALTH_PORT: 'off' }).health).toBeUndefined();
});

test('the plugin ignores the variables that only the worker process uses', () => {
  expect(readDuvoConfig({ ...KEY, LOG_LEVEL: 'loud', DUVO_HEALTH_PORT: 'x' }).apiTaskQueue).toBe('duvo-api');
});

test.each([
  ['DUVO_API_KEY', {}, 'DUVO_API_KEY_FILE'],
  ['DUVO_API_KEY', { ...KEY, DUVO_API_KEY_FILE: '/secret-path' }, 'unset one'],
  ['DUVO_CLIENT_ID', { ...KEY, DUVO_CLIENT_ID: 'bad-value', DUVO_CLIENT_SECRET: 'secret-value' }, 'unset the key'],
  ['DUVO_CLIENT_ID', { DUVO_CLIENT_SECRET: 'secret-value' }, 'is missing'],
  ['DUVO_CLIENT_ID', { ...KEY, DUVO_CLIENT_PRIVATE_KEY_FILE: '/secret-path' }, 'is missing'],
  ['DUVO_CLIENT_SECRET', { DUVO_CLIENT_ID: 'bad-value' }, 'DUVO_CLIENT_PRIVATE_KEY_FILE'],
  [
    'DUVO_CLIENT_SECRET',
    { DUVO_CLIENT_ID: 'bad-value', DUVO_CLIENT_SECRET: 'secret-value', DUVO_CLIENT_PRIVATE_KEY_FILE: '/secret-path' },
    'unset one',
  ],
  ['DUVO_TOKEN_URL', { ...KEY, DUVO_TOKEN_URL: 'bad-value' }, 'https'],
  ['DUVO_API_DIALECT', { ...KEY, DUVO_API_DIALECT: 'bad-value' }, 'v1 or v2'],
  ['DUVO_TEAM_ID', { ...KEY, DUVO_API_DIALECT: 'v2' }, 'DUVO_API_DIALECT'],
  ['DUVO_API_BASE_URL', { ...KEY, DUVO_API_BASE_URL: 'ftp://bad-value' }, 'http'],
  ['DUVO_API_BASE_URL', { ...KEY, DUVO_API_BASE_URL: 'bad-value' }, 'http'],
  ['DUVO_FIRST_MESSAGE_FORMAT', { ...KEY, DUVO_FIRST_MESSAGE_FORMAT: 'bad-value' }, '{message}'],
  ['DUVO_REQUESTS_PER_MINUTE', { ...KEY, DUVO_REQUESTS_PER_MINUTE: 'bad-value' }, 'unlimited'],
  ['DUVO_REQUESTS_PER_MINUTE', { ...KEY, DUVO_REQUESTS_PER_MINUTE: '0' }, 'unlimited'],
  ['DUVO_REQUESTS_PER_MINUTE', { ...KEY, DUVO_REQUESTS_PER_MINUTE: '-7654' }, 'unlimited'],
  ['DUVO_TASK_QUEUE', { ...KEY, DUVO_TASK_QUEUE: '__temporal_bad-value' }, 'another name'],
  ['DUVO_API_TASK_QUEUE', { ...KEY, DUVO_TASK_QUEUE: 'bad-value', DUVO_API_TASK_QUEUE: 'bad-value' }, 'differ'],
  ['DUVO_API_TASK_QUEUE', { ...KEY, DUVO_TASK_QUEUE: 'duvo-api' }, 'differ'],
  ['DUVO_CONNECT_TIMEOUT', { ...KEY, DUVO_CONNECT_TIMEOUT: '7654' }, 'duration'],
  ['DUVO_HEADERS_TIMEOUT', { ...KEY, DUVO_HEADERS_TIMEOUT: '-7654s' }, 'duration'],
  ['DUVO_BODY_TIMEOUT', { ...KEY, DUVO_BODY_TIMEOUT: '7654s' }, undefined],
  ['DUVO_HEALTH_PORT', { ...KEY, DUVO_HEALTH_PORT: '76543' }, 'off'],
  ['DUVO_HEALTH_PORT', { ...KEY, DUVO_HEALTH_PORT: 'bad-value' }, 'off'],
  ['LOG_LEVEL', { ...KEY, LOG_LEVEL: 'bad-value' }, 'silent'],
])('an invalid %s is reported by name, with the remedy and without its value: %j', (variable, env, remedy) => {
  const found = problems(env);
  expect(found).toHaveLength(1);
  const message = `${found[0]?.variable} ${found[0]?.problem}`;
  expect(message).toContain(variable);
  if (remedy) expect(message).toContain(remedy);
  for (const value of Object.values(env)) {
    if (value.length > 1 && value !== 'duvo-api') expect(message).not.toContain(value);
  }
});

test('all invalid variables are reported together', () => {
  const found = problems({ DUVO_API_BASE_URL: 'x', DUVO_HEALTH_PORT: 'x', LOG_LEVEL: 'x' });
  expect(found.map(({ variable }) => variable)).toEqual(
    expect.arrayContaining(['DUVO_API_BASE_URL', 'DUVO_HEALTH_PORT', 'LOG_LEVEL']),
  );
});

test('missing, contradictory and malformed variables are reported together', () => {
  const found = problems({ LOG_LEVEL: 'x', DUVO_TASK_QUEUE: 'duvo-api' });
  expect(found.map(({ variable }) => variable).sort()).toEqual(['DUVO_API_KEY', 'DUVO_API_TASK_QUEUE', 'LOG_LEVEL']);
});
