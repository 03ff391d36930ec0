import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { checkDuvo } from '../../../cli/doctor/check-duvo';
import { AuthorizationServer, CLIENT_ID } from '../../support/duvo/authorization-server';
import {
  createClient,
  replyJson,
  replyText,
  type RequestHandler,
  TestServer,
} from '../../support/duvo/http-test-server';
import { writeKeyFile } from '../../support/duvo/oauth-setup';
import { doctor, setEnv, setUpDoctor, stack } from '../../support/run-doctor';

/** A list of runs without a run, in both dialects. */
const EMPTY_LIST = { data: [], total: 0 };

setUpDoctor();

describe('a server that is not the Duvo API fails', () => {
  const duvoAt = async (baseUrl: string) => {
    setEnv({ DUVO_API_BASE_URL: baseUrl });
    const { code, on, broken } = await doctor('--json');
    expect({ code, broken }).toEqual({ code: 1, broken: ['Duvo'] });
    expect(on('scopes')).toMatchObject({ status: 'skipped' });
    return on('Duvo')?.fix;
  };

  test.each<[string, RequestHandler]>([
    ['404 and an error body', replyJson(404, { code: 'not_found', message: 'no' })],
    ['404 and HTML', replyText(404, '<html>')],
    ['200 and HTML', replyText(200, '<html>')],
    ['200 and another shape', replyJson(200, { status: 'ok' })],
  ])('when it answers everything with %s', async (_what, handler) => {
    const server = await TestServer.start();
    server.handler = handler;
    expect(await duvoAt(server.url).finally(() => server.stop())).toContain('DUVO_API_BASE_URL');
  });

  test('when the base URL ends with the version, and the doubled path is named', async () => {
    const fix = await duvoAt(`${stack.simulator.url}/v1/`);
    expect(fix).toBe('remove /v1 from the end of DUVO_API_BASE_URL: requests go to /v1/v1/…');
  });

  test('when the team does not exist in v2', async () => {
    setEnv({ DUVO_API_DIALECT: 'v2', DUVO_TEAM_ID: randomUUID() });
    const fix = await duvoAt(stack.simulator.url).finally(() =>
      setEnv({ DUVO_API_DIALECT: undefined, DUVO_TEAM_ID: undefined }),
    );
    expect(fix).toContain('DUVO_TEAM_ID');
  });
});

test('an installation that does not list runs passes when it lists its tools', async () => {
  stack.simulator.addFault({ operation: 'list', effect: { status: 404, body: { code: 'not_found' } } });
  const { code, on } = await doctor('--json');
  expect(code).toBe(0);
  expect(on('Duvo')?.details).toContain('it does not list runs');
});

test('a refused token request shows the clock of the authorization server', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const server = await AuthorizationServer.start({ publicKey, clockOffsetMs: -600_000 });
  setEnv({
    DUVO_API_KEY: undefined,
    DUVO_API_BASE_URL: server.url,
    DUVO_CLIENT_ID: CLIENT_ID,
    DUVO_CLIENT_PRIVATE_KEY_FILE: writeKeyFile('doctor', privateKey, 'pem'),
  });
  const { broken, on } = await doctor('--json');
  await server.stop();
  setEnv({ DUVO_CLIENT_ID: undefined, DUVO_CLIENT_PRIVATE_KEY_FILE: undefined });
  expect(broken).toEqual(['Duvo']);
  expect(on('clocks')?.details).toMatch(/^this machine is (59|60)\d s ahead of the authorization server$/);
});

test('a wrong clock and a deprecated path get warnings', async () => {
  const server = await TestServer.start();
  server.handler = (...args) =>
    replyJson(200, EMPTY_LIST, {
      date: new Date(Date.now() - 600_000).toUTCString(),
      deprecation: '@1688169599',
      sunset: 'Fri, 01 Jan 2027 00:00:00 GMT',
      link: '<https://duvo.example/changes>; rel="deprecation"',
    })(...args);
  setEnv({ DUVO_API_BASE_URL: server.url });
  const { code, on } = await doctor('--json');
  await server.stop();
  expect(code).toBe(0);
  expect(on('clocks')?.details).toMatch(/^this machine is (59|60)\d s ahead of Duvo$/);
  expect(on('GET /v1/runs')).toMatchObject({
    status: 'warning',
    details: 'deprecated since 2023-06-30T23:59:59.000Z, removed on 2027-01-01T00:00:00.000Z',
  });
  expect(on('GET /v1/runs')?.fix).toContain('https://duvo.example/changes');
});

test('slow requests do not change the measured difference of the clocks', async () => {
  const server = await TestServer.start();
  const client = createClient(server);
  const began = 1_800_000_000_500;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(began);
  server.handler = (...args) => {
    if (server.requests.length > 1) clock.mockReturnValue(began + 100_000 * server.requests.length);
    replyJson(200, EMPTY_LIST, { date: new Date(began - 600_000).toUTCString() })(...args);
  };
  const checks = await checkDuvo(client, {}).finally(() => clock.mockRestore());
  expect(server.requests.length).toBeGreaterThan(1);
  expect(checks.find(({ check }) => check === 'clocks')?.details).toBe('this machine is 600 s ahead of Duvo');
  await client.close();
  await server.stop();
});

test('dialect v2 checks the agent', async () => {
  const server = await TestServer.start();
  server.handler = (request, ...rest) =>
    (request.url.includes('/runs?') ? replyJson(200, EMPTY_LIST) : replyJson(404, { error: 'not_found' }))(
      request,
      ...rest,
    );
  setEnv({ DUVO_API_BASE_URL: server.url, DUVO_API_DIALECT: 'v2', DUVO_TEAM_ID: 'team-1' });
  const { broken, on } = await doctor('--json', '--agent', 'a-1');
  setEnv({ DUVO_API_DIALECT: undefined, DUVO_TEAM_ID: undefined });
  await server.stop();
  expect(broken).toEqual(['agent']);
  expect(on('scope files:read')).toMatchObject({ status: 'ok' });
});
