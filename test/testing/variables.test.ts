import { DuvoSimulator } from '../../testing';
import { optionsOf } from '../../testing/variables';

test('each variable is an option of the simulator, which takes them', async () => {
  const options = optionsOf({
    SIMULATOR_PORT: '0',
    SIMULATOR_API_KEY: 'dv_test',
    SIMULATOR_SCOPES: 'runs:read, runs:write',
    SIMULATOR_REQUESTS_PER_MINUTE: '5',
    SIMULATOR_RATE_LIMIT_HEADERS: 'legacy',
    SIMULATOR_IDEMPOTENCY_KEYS: 'refuse',
    SIMULATOR_CASES_TAKE: '2s',
    SIMULATOR_OAUTH_CLIENT_ID: 'client',
    SIMULATOR_OAUTH_CLIENT_SECRET: 'secret',
    SIMULATOR_CHAOS_RATE: '0.25',
    SIMULATOR_CHAOS_KINDS: 'reset,slow',
  });
  expect(options).toMatchObject({
    port: 0,
    apiKey: 'dv_test',
    scopes: ['runs:read', 'runs:write'],
    requestsPerMinute: 5,
    rateLimitHeaders: 'legacy',
    idempotencyKeys: 'refuse',
    casesTake: '2s',
    oauth: { clientId: 'client', clientSecret: 'secret' },
    chaos: { seed: 1, rate: 0.25, kinds: ['reset', 'slow'] },
  });
  const simulator = await DuvoSimulator.start(options);
  expect(simulator.apiKey).toBe('dv_test');
  await simulator.close();
});

test('what is not set, or is empty, is as ever', async () => {
  const simulator = await DuvoSimulator.start(optionsOf({ SIMULATOR_HOST: '' }));
  expect(simulator.apiKey).toBe('dv_simulator');
  await simulator.close();
});

test.each([
  ['SIMULATOR_PORT', 'http'],
  ['SIMULATOR_REQUESTS_PER_MINUTE', '0'],
  ['SIMULATOR_RATE_LIMIT_HEADERS', 'some'],
  ['SIMULATOR_IDEMPOTENCY_KEYS', 'perhaps'],
  ['SIMULATOR_CHAOS_RATE', '2'],
  ['SIMULATOR_CHAOS_KINDS', 'reset,fire'],
])('%s=%s is refused by its name', (name, value) => {
  expect(() => optionsOf({ [name]: value })).toThrow(name);
});
