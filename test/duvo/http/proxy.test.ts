import { inspect } from 'node:util';
import { DuvoClient, type DuvoClientOptions } from '../../../duvo';
import { AuthorizationServer, CLIENT_ID } from '../../support/duvo/authorization-server';
import { ProxyServer } from '../../support/duvo/proxy-server';
import { createClient, errorOf, TestServer, replyJson } from '../../support/duvo/http-test-server';

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));

let proxy: ProxyServer;
let server: TestServer;
const clients: DuvoClient[] = [];

beforeEach(async () => {
  for (const name of VARIABLES) delete process.env[name];
  proxy = await ProxyServer.start();
  server = await TestServer.start();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await proxy.stop();
  await server.stop();
});

afterAll(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

function open(env: NodeJS.ProcessEnv, options: DuvoClientOptions = {}): DuvoClient {
  Object.assign(process.env, env);
  const client = createClient(server, options);
  clients.push(client);
  return client;
}

const host = () => new URL(server.url).host;

describe('a proxy of the environment', () => {
  it.each([
    ['HTTP_PROXY', () => ({ HTTP_PROXY: proxy.url })],
    ['http_proxy', () => ({ http_proxy: proxy.url })],
    ['HTTP_PROXY without a scheme', () => ({ HTTP_PROXY: proxy.address })],
    ['HTTP_PROXY while the lower case one is empty', () => ({ http_proxy: '', HTTP_PROXY: proxy.url })],
  ])('is used: %s', async (_name, env) => {
    const client = open(env());
    await client.runs.get('run-1');
    await client.runs.get('run-1');
    expect(proxy.targets).toEqual([host()]); // the client opens one tunnel and reuses it
    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it.each([
    ['nothing is set', () => ({})],
    ['all are empty', () => ({ HTTP_PROXY: '', HTTPS_PROXY: ' ' })],
    ['NO_PROXY names the host', () => ({ HTTP_PROXY: proxy.url, NO_PROXY: 'example.com, 127.0.0.1' })],
    ['no_proxy names the host and its port', () => ({ HTTP_PROXY: proxy.url, no_proxy: host() })],
    ['NO_PROXY is *', () => ({ HTTP_PROXY: proxy.url, NO_PROXY: '*' })],
  ])('is not used when %s', async (_name, env) => {
    await open(env()).runs.get('run-1');
    expect(proxy.targets).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('receives its user and password, and Duvo does not', async () => {
    proxy.requiredCredentials = 'user:canary pass';
    await open({ HTTP_PROXY: `http://user:canary%20pass@${proxy.address}` }).runs.get('run-1');
    expect(proxy.targets).toEqual([host()]);
    expect(JSON.stringify(server.requests)).not.toContain('canary');
  });

  it('is used for the token endpoint, too', async () => {
    const guarded = await AuthorizationServer.start({ clientSecret: 'dv_test' });
    const oauth = { clientId: CLIENT_ID, clientSecret: 'dv_test' };
    process.env.HTTP_PROXY = proxy.url;
    const client = new DuvoClient({ baseUrl: guarded.url, oauth });
    await client.runs.get('run-1');
    expect(new Set(proxy.targets)).toEqual(new Set([new URL(guarded.url).host]));
    expect(guarded.requests).toHaveLength(1);
    await client.close();
    await guarded.stop();
  });
});

it.each([
  ['has no metadata', replyJson(404, {})],
  [
    'has metadata of another resource',
    replyJson(200, { resource: 'https://other.example', authorization_servers: ['x'] }),
  ],
])('tokens come from the default server when the API %s', async (_name, handler) => {
  proxy.refuseWith = 503; // without a tunnel, no request leaves this machine
  server.handler = handler;
  Object.assign(process.env, { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' });
  const client = new DuvoClient({ baseUrl: server.url, oauth: { clientId: 'c', clientSecret: 'dv_test' } });
  clients.push(client);
  expect(await errorOf(client.runs.get('run-1'))).toMatchObject({ kind: 'connection', reached: 'no' });
  expect(proxy.targets).toEqual(['login.duvo.ai:443']);
});

describe('a proxy that fails', () => {
  it.each([
    [407, 'user and password'],
    [403, 'NO_PROXY'],
    [502, 'HTTPS_PROXY'],
  ])('with status %i is a connection error that names the status, and nothing is sent', async (status, words) => {
    proxy.refuseWith = status;
    const client = open({ HTTP_PROXY: `http://user:canary@${proxy.address}` });
    proxy.requiredCredentials = 'user:canary';
    const error = await errorOf(client.runs.start({ agentId: 'a', message: 'm' }, { idempotencyKey: 'k' }));
    expect(error).toMatchObject({ kind: 'connection', reached: 'no' });
    expect(error.message).toContain(`the proxy refuses the connection with status ${status}`);
    expect(error.message).toContain(words);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary');
    expect(server.requests).toHaveLength(0);
    proxy.refuseWith = undefined;
    await client.runs.get('run-1');
  });

  it('without any response is a timeout of the connection, and its socket is closed', async () => {
    proxy.refuseWith = 'silent';
    const closed = new Promise<void>((resolve) => (proxy.onClose = resolve));
    const client = open({ HTTP_PROXY: proxy.url }, { timeouts: { connectMs: 100 } });
    const error = await errorOf(client.runs.get('run-1'));
    expect(error).toMatchObject({ kind: 'timeout', reached: 'no' });
    expect(error.message).toContain('the connection');
    await closed;
  });

  it('at an unused address is a connection error that names HTTPS_PROXY', async () => {
    const { url } = proxy;
    await proxy.stop();
    const error = await errorOf(open({ HTTP_PROXY: url }).runs.get('run-1'));
    expect(error).toMatchObject({ kind: 'connection', code: 'ECONNREFUSED', reached: 'no' });
    expect(error.message).toContain('HTTPS_PROXY');
    proxy = await ProxyServer.start();
  });

  it('does not delay an aborted call, which is never sent', async () => {
    proxy.refuseWith = 'silent';
    const asked = new Promise<void>((resolve) => (proxy.onConnect = resolve));
    const controller = new AbortController();
    const client = open({ HTTP_PROXY: proxy.url }, { timeouts: { connectMs: 2_000 } });
    const call = errorOf(client.runs.get('run-1', { signal: controller.signal }));
    await asked;
    controller.abort();
    expect(await call).toMatchObject({ kind: 'aborted', reached: 'no' });
    proxy.refuseWith = undefined;
    server.handler = replyJson(200, { run: null });
    await client.runs.get('run-2');
    expect(server.requests.map(({ url }) => url)).toEqual(['/v1/runs/run-2']);
  });

  it.each(['http://', 'socks5://canary@127.0.0.1:1080', 'http://user:canary@:x'])(
    'because its address is invalid: %s',
    async (value) => {
      const error = await errorOf(() => open({ HTTPS_PROXY: value }));
      expect(error).toMatchObject({ kind: 'invalid-input', field: 'HTTPS_PROXY' });
      expect(inspect(error, { depth: 10 })).not.toContain('canary');
    },
  );
});
