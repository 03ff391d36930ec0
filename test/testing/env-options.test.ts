import { DuvoSimulator } from '../../testing';
import { simulatorOptionsFromEnv } from '../../testing/simulator/env-options';

test('each environment variable sets an option of the simulator', async () => {
  const options = simulatorOptionsFromEnv({
    SIMULATOR_PORT: '0',
    SIMULATOR_API_KEY: 'dv_test',
    SIMULATOR_SCOPES: 'runs:read, runs:write',
    SIMULATOR_REQUESTS_PER_MINUTE: '5',
    SIMULATOR_RATE_LIMIT_HEADERS: 'legacy',
    SIMULATOR_IDEMPOTENCY_KEYS: 'refuse',
    SIMULATOR_CASE_DURATION: '2s',
    SIMULATOR_OAUTH_CLIENT_ID: 'client',
    SIMULATOR_OAUTH_CLIENT_SECRET: 'secret',
    SIMULATOR_CHAOS_RATE: '0.25',
    SIMULATOR_CHAOS_KINDS: 'reset,delay',
  });
  expect(options).toMatchObject({
    port: 0,
    apiKey: 'dv_test',
    scopes: ['runs:read', 'runs:write'],
    requestsPerMinute: 5,
    rateLimitHeaders: 'legacy',
    idempotencyKeyMode: 'refuse',
    caseDuration: '2s',
    oauth: { clientId: 'client', clientSecret: 'secret' },
    chaos: { seed: 1, rate: 0.25, kinds: ['reset', 'delay'] },
  });
  const simulator = await DuvoSimulator.start(options);
  expect(simulator.apiKey).toBe('dv_test');
  await simulator.close();
});

test('an unset or empty variable leaves the default', async () => {
  const simulator = await DuvoSimulator.start(simulatorOptionsFromEnv({ SIMULATOR_HOST: '' }));
  expect(simulator.apiKey).toBe('dv_simulator');
  await simulator.close();
});

test.each([
  ['SIMULATOR_PORT', 'http', 'must be a whole number from 0 to 65535'],
  ['SIMULATOR_REQUESTS_PER_MINUTE', '0', 'must be a whole number from 1'],
  ['SIMULATOR_RATE_LIMIT_HEADERS', 'some', 'must be one of draft, structured, legacy, none'],
  ['SIMULATOR_IDEMPOTENCY_KEYS', 'perhaps', 'must be one of honour, ignore, refuse, in-flight'],
  ['SIMULATOR_CASE_DURATION', 'soon', "must be a duration such as '2s'"],
  ['SIMULATOR_CHAOS_RATE', '2', 'must be a number from 0 to 1'],
  ['SIMULATOR_CHAOS_RATE', 'abc', 'must be a number from 0 to 1'],
  ['SIMULATOR_CHAOS_KINDS', 'reset,fire', 'must be one of 429, 500, 503, reset, '],
])('%s=%s is refused with the name of the variable and its valid values', (name, value, fix) => {
  expect(() => simulatorOptionsFromEnv({ [name]: value })).toThrow(`${name} ${fix}`);
});

test('a port in use is refused with its number', async () => {
  const first = await DuvoSimulator.start();
  const { port } = new URL(first.url);
  const taken = DuvoSimulator.start({ port: Number(port) });
  await expect(taken).rejects.toThrow(`port ${port} on 127.0.0.1 is in use: choose another port`);
  await first.close();
});
