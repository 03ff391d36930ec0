import { readItems, type ItemSourceOptions } from '../../client';
import { ProxyServer } from '../support/duvo/proxy-server';
import { SourceServer } from '../support/sources/source-server';

const SECRET = 'dv_test_secret';
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
const before = Object.fromEntries(PROXY_VARIABLES.map((name) => [name, process.env[name]]));

let server: SourceServer;
let other: SourceServer;
beforeEach(async () => {
  for (const name of PROXY_VARIABLES) delete process.env[name];
  [server, other] = await Promise.all([SourceServer.start(), SourceServer.start()]);
});
afterEach(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await Promise.all([server.close(), other.close()]);
});

const read = async (source: string, options?: ItemSourceOptions) => {
  const items: unknown[] = [];
  for await (const { item } of readItems(source, options)) items.push(item);
  return items;
};
const access = (...hosts: string[]) => ({ access: { roots: [], hosts } });
const errorOf = (...args: Parameters<typeof read>): Promise<Error & { kind?: string }> =>
  read(...args).then(
    () => new Error('it was read'),
    (error: unknown) => error as Error,
  );
const redirectTo = (url: string) => server.setAnswers((response) => response.writeHead(302, { location: url }).end());
const serveItems = (one: SourceServer) => one.setAnswers((response) => response.end('{"n":1}\n'));

test('headers are not sent to another origin that the URL redirects to', async () => {
  redirectTo(other.url('/items.ndjson'));
  serveItems(other);
  const headers = { 'private-token': SECRET, authorization: SECRET, 'x-trace': '1' };
  expect(await read(server.url('/items.ndjson'), { headers })).toEqual([{ n: 1 }]);
  expect(server.requests[0]?.headers).toMatchObject(headers);
  for (const name of Object.keys(headers)) expect(other.requests[0]?.headers).not.toHaveProperty(name);
});

test('headers are sent again to a redirect within the origin', async () => {
  server.setAnswers(
    (response) => response.writeHead(307, { location: '/moved.ndjson' }).end(),
    (response) => response.end('{"n":1}\n'),
  );
  expect(await read(server.url('/items.ndjson'), { headers: { 'private-token': SECRET } })).toEqual([{ n: 1 }]);
  expect(server.requests.map(({ headers }) => headers['private-token'])).toEqual([SECRET, SECRET]);
});

test('a user and a password in the URL are sent as a header, and not to another origin', async () => {
  redirectTo(other.url('/items.ndjson'));
  serveItems(other);
  const url = server.url('/items.ndjson').replace('http://', `http://me:${SECRET}%40%@`);
  expect(await read(url)).toEqual([{ n: 1 }]);
  const credentials = Buffer.from(`me:${SECRET}@%`).toString('base64');
  expect(server.requests[0]?.headers.authorization).toBe(`Basic ${credentials}`);
  expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('a redirect loop ends with an error', async () => {
  redirectTo(server.url('/items.ndjson'));
  expect((await errorOf(server.url('/items.ndjson'))).message).toMatch(/redirects more than 5 times$/);
});

test('the proxy of the environment is used', async () => {
  const proxy = await ProxyServer.start();
  try {
    process.env.HTTP_PROXY = proxy.url;
    serveItems(server);
    expect(await read(server.url('/items.ndjson'))).toEqual([{ n: 1 }]);
    expect(proxy.targets).toEqual([new URL(server.url('/')).host]);
  } finally {
    await proxy.stop();
  }
});

test('a proxy variable that is no URL is named without its value', async () => {
  process.env.HTTP_PROXY = `ftp://me:${SECRET}@proxy`;
  const { message } = await errorOf(server.url('/items.ndjson'));
  expect(message).toMatch(/HTTP_PROXY/);
  expect(message).not.toContain(SECRET);
});

test('the content type decides over the name, and an HTML page is refused', async () => {
  const serve = (type: string, text: string) =>
    server.setAnswers((response) => response.writeHead(200, { 'content-type': type }).end(text));
  serve('application/x-ndjson', '{"n":1}\n');
  expect(await read(server.url('/items.csv'))).toEqual([{ n: 1 }]);
  serve('text/html; charset=utf-8', 'n\n1\n');
  expect(await errorOf(server.url('/items.csv'))).toMatchObject({
    kind: 'unreadable',
    message: expect.stringContaining('answered with an HTML page') as string,
  });
  expect(await read(server.url('/items.csv'), { format: 'csv' })).toEqual([{ n: '1' }]);
  serve('application/octet-stream', '<html><body>Sign in</body></html>\n');
  expect((await errorOf(server.url('/items.csv'), { format: 'csv' })).message).toMatch(/is an HTML or XML page/);
  serve('text/plain', '[\n {"n": 1}\n]\n');
  expect((await errorOf(server.url('/items.csv'))).message).toMatch(/begins like JSON, not like CSV/);
});

describe('with a list of allowed hosts', () => {
  const refusal = /add it to DUVO_SOURCE_HOSTS of the worker$/;

  test.each([[[]], [['files.example.com']], [['*.0.0.1']], [['10.0.0.0/8', '127.0.0.2']]])(
    'the address of the host is refused by %j, and nothing is requested',
    async (hosts) => {
      serveItems(server);
      expect(await errorOf(server.url('/items.ndjson'), access(...hosts))).toMatchObject({
        kind: 'unreadable',
        message: expect.stringMatching(refusal) as string,
      });
      expect(server.requests).toHaveLength(0);
    },
  );

  test.each([[['127.0.0.1']], [['127.0.0.0/8']]])('the address of the host is allowed by %j', async (hosts) => {
    serveItems(server);
    expect(await read(server.url('/items.ndjson'), access(...hosts))).toEqual([{ n: 1 }]);
  });

  test('a name must not lead to a private address that is not in the list', async () => {
    serveItems(server);
    const url = server.url('/items.ndjson').replace('127.0.0.1', 'localhost');
    expect(await errorOf(url, access('localhost'))).toMatchObject({
      kind: 'unreadable',
      message: expect.stringMatching(/has an address that is not public.*DUVO_SOURCE_HOSTS/) as string,
    });
    expect(server.requests).toHaveLength(0);
    expect(await read(url, access('localhost', '127.0.0.1', '::1'))).toEqual([{ n: 1 }]);
  });

  test('a name with a port allows this port only', async () => {
    serveItems(server);
    const { port } = new URL(server.url('/'));
    const url = `http://localhost:${port}/items.ndjson`;
    expect(await read(url, access(`localhost:${port}`, '127.0.0.1', '::1'))).toEqual([{ n: 1 }]);
    expect((await errorOf(url, access('localhost:1', '127.0.0.1', '::1'))).message).toMatch(refusal);
  });

  test('a redirect to a host that is not in the list is refused', async () => {
    redirectTo(other.url('/items.ndjson').replace('127.0.0.1', 'localhost'));
    serveItems(other);
    expect((await errorOf(server.url('/items.ndjson'), access('127.0.0.1'))).message).toMatch(refusal);
    expect(other.requests).toHaveLength(0);
  });
});
