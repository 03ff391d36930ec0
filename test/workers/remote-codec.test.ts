import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { loadDataConverter } from '../../workers/data-converter';
import { ProxyServer } from '../support/duvo/proxy-server';
import { rejectionOf } from '../support/rejection';
import { SourceServer } from '../support/sources/source-server';

const SECRET = 'hunter2';
const PAYLOAD = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"text"') };
const ECHO = JSON.stringify({
  payloads: [
    { metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data: PAYLOAD.data.toString('base64') },
  ],
});

let codec: SourceServer;
let other: SourceServer;
beforeAll(async () => {
  [codec, other] = await Promise.all([SourceServer.start(), SourceServer.start()]);
});
beforeEach(() => {
  for (const server of [codec, other]) server.setAnswers((response) => response.end(ECHO));
});
afterEach(() => {
  delete process.env.HTTP_PROXY;
});
afterAll(() => Promise.all([codec.close(), other.close()]));

async function encode(endpoint: string, authorization?: string) {
  const env = { TEMPORAL_CODEC_ENDPOINT: endpoint, TEMPORAL_CODEC_AUTH: authorization };
  const converter = await loadDataConverter(env, 'default');
  return converter?.payloadCodecs?.[0]?.encode([PAYLOAD]);
}

const messageOf = async (endpoint: string) => (await rejectionOf(encode(endpoint))).message;
const withUser = (url: string, user = `me:${SECRET}`) => url.replace('http://', `http://${user}@`);

test('a user and a password in the endpoint are sent as basic authentication', async () => {
  expect(await encode(withUser(codec.url('/a/'), 'me:p%40ss%'))).toEqual([PAYLOAD]);
  const authorization = `Basic ${Buffer.from('me:p@ss%').toString('base64')}`;
  expect(codec.requests[0]).toMatchObject({ method: 'POST', url: '/a/encode', headers: { 'x-namespace': 'default' } });
  expect(codec.requests[0]?.headers.authorization).toBe(authorization);
});

test('TEMPORAL_CODEC_AUTH takes precedence over the endpoint', async () => {
  await encode(withUser(codec.url('')), 'Bearer token');
  expect(codec.requests[0]?.headers.authorization).toBe('Bearer token');
});

test('a query of the endpoint stays behind its path', async () => {
  await encode(codec.url('/codec?tenant=7'));
  expect(codec.requests[0]?.url).toBe('/codec/encode?tenant=7');
});

test('a redirect is refused, and nothing is sent to the other server', async () => {
  codec.setAnswers((response) => response.writeHead(307, { location: other.url('/encode') }).end());
  const message = await messageOf(withUser(codec.url('/secret-path?token=hunter2')));
  expect(message).toMatch(/^the codec server http:\/\/127\.0\.0\.1:\d+ redirects encode, which is refused/);
  expect(other.requests).toHaveLength(0);
});

test('the proxy of the environment is used', async () => {
  const proxy = await ProxyServer.start();
  try {
    process.env.HTTP_PROXY = proxy.url;
    expect(await encode(codec.url(''))).toEqual([PAYLOAD]);
    expect(proxy.targets).toEqual([new URL(codec.url('/')).host]);
  } finally {
    await proxy.stop();
  }
});

test('a response that is too large ends the request', async () => {
  const part = Buffer.alloc(1024 * 1024, ' ');
  const closed = new Promise((resolve) =>
    codec.setAnswers((response) => {
      response.on('close', resolve);
      const write = () => void (response.destroyed || response.write(part, write));
      write();
    }),
  );
  expect(await messageOf(codec.url(''))).toMatch(/ returned more than \d+ bytes to encode$/);
  await closed;
});

test.each([
  ['a refusal', () => codec.setAnswers((response) => response.writeHead(403).end()), / answered 403 to encode\. Check/],
  [
    'a page of a proxy',
    () => codec.setAnswers((response) => response.end('<html>')),
    / returned no list of 1 payloads/,
  ],
  ['other JSON', () => codec.setAnswers((response) => response.end('null')), / returned no list of 1 payloads/],
  ['a broken connection', () => codec.setAnswers((response) => response.destroy()), / could not be reached: /],
])('%s is an error that shows only the origin', async (_what, answer, expected) => {
  answer();
  const message = await messageOf(withUser(codec.url('/path-with-token')));
  expect(message).toMatch(expected);
  expect(message).toContain(new URL(codec.url('/')).origin);
  expect(message).not.toMatch(/hunter2|me:|path-with-token/);
});

test('a codec server that is down is an error that shows only the origin', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const message = await messageOf(`http://me:${SECRET}@127.0.0.1:${port}/path`);
  expect(message).toBe(
    `the codec server http://127.0.0.1:${port} could not be reached: ECONNREFUSED. Check TEMPORAL_CODEC_ENDPOINT`,
  );
});

test.each(['ftp://me:hunter2@codec', 'hunter2', 'http://'])('%s is no endpoint, and is not shown', async (endpoint) => {
  const message = await messageOf(endpoint);
  expect(message).toMatch(/^TEMPORAL_CODEC_ENDPOINT must be an http or https URL/);
  expect(message).not.toContain(SECRET);
});
