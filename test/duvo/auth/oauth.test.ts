import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { DuvoClient, type OAuthOptions } from '../../../duvo';
import { OAuthCredentials } from '../../../duvo/auth/oauth-credentials';
import {
  sendJson,
  AuthorizationServer,
  type AuthorizationServerOptions,
  CLIENT_ID,
} from '../../support/duvo/authorization-server';
import { errorOf } from '../../support/duvo/http-test-server';

const SECRET = 'canary+secret/of the=client';
const folder = mkdtempSync(join(tmpdir(), 'duvo-oauth-'));
let server: AuthorizationServer;
const clients: DuvoClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server?.stop();
});

async function startServer(options: AuthorizationServerOptions = {}): Promise<void> {
  server = await AuthorizationServer.start({ clientSecret: SECRET, ...options });
}

function clientOf(oauth: Partial<OAuthOptions> = {}, timeouts = {}): DuvoClient {
  const proof = oauth.privateKeyFile === undefined ? { clientSecret: SECRET } : {};
  const client = new DuvoClient({ baseUrl: server.url, oauth: { clientId: CLIENT_ID, ...proof, ...oauth }, timeouts });
  clients.push(client);
  return client;
}

function keyFile(name: string, key: KeyObject, as: 'pem' | 'jwk'): string {
  const path = join(folder, name);
  const text =
    as === 'pem' ? key.export({ type: 'pkcs8', format: 'pem' }) : JSON.stringify(key.export({ format: 'jwk' }));
  writeFileSync(path, text);
  return path;
}

describe('a client proves itself', () => {
  it.each([
    ['basic, when the server says nothing', undefined, 'client_secret_basic'],
    ['basic, when it takes both', ['client_secret_post', 'client_secret_basic'], 'client_secret_basic'],
    ['by post, when it takes only that', ['client_secret_post'], 'client_secret_post'],
  ])('with its secret %s', async (_what, methods, method) => {
    await startServer({ authMethods: methods });
    await clientOf().runs.get('run-1');
    expect(server.requests).toEqual([{ method }]);
  });

  it.each([
    ['RSA, PEM', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'pem', 'RS256'],
    ['RSA, JWK', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'jwk', 'RS256'],
    ['EC P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'pem', 'ES256'],
    ['EC P-384, JWK', generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'jwk', 'ES384'],
    ['Ed25519', generateKeyPairSync('ed25519'), 'pem', 'EdDSA'],
  ] as const)('with a private key: %s', async (name, { publicKey, privateKey }, as, alg) => {
    await startServer({ publicKey, authMethods: ['private_key_jwt'] });
    const privateKeyFile = keyFile(name.replaceAll(/\W/g, '-'), privateKey, as);
    await clientOf({ privateKeyFile }).runs.get('run-1');
    server.audience = server.tokenUrl; // all that is known of the server then
    await clientOf({ privateKeyFile, tokenUrl: server.tokenUrl }).runs.get('run-1');
    expect(server.requests).toEqual([
      { method: 'private_key_jwt', alg },
      { method: 'private_key_jwt', alg },
    ]);
  });

  it('with the id of a JWK, and with a key that was replaced after the old one was refused', async () => {
    const first = generateKeyPairSync('ed25519');
    const second = generateKeyPairSync('ed25519');
    await startServer({ publicKey: second.publicKey });
    const path = join(folder, 'replaced');
    const write = (key: KeyObject, kid: string) =>
      writeFileSync(path, JSON.stringify({ ...key.export({ format: 'jwk' }), kid }));
    write(first.privateKey, 'k-1');
    const client = clientOf({ privateKeyFile: path });
    expect((await errorOf(client.runs.get('run-1'))).message).toContain('DUVO_CLIENT_PRIVATE_KEY_FILE');
    write(second.privateKey, 'k-2');
    await client.runs.get('run-1');
    expect(server.requests).toEqual([{ method: 'private_key_jwt', alg: 'EdDSA', kid: 'k-2' }]);
  });

  it('by the method that it was told', async () => {
    await startServer();
    await clientOf({ tokenUrl: server.tokenUrl, authMethod: 'client_secret_post' }).runs.get('run-1');
    expect(server.requests).toEqual([{ method: 'client_secret_post' }]);
  });

  it('at an endpoint that was given, without looking for one, and asks for its scopes', async () => {
    await startServer();
    await clientOf({ tokenUrl: server.tokenUrl, scopes: ['runs:read', 'runs:write'] }).runs.get('run-1');
    expect(server.requests).toEqual([{ method: 'client_secret_basic', scope: 'runs:read runs:write' }]);
    expect(server.server.requests.some(({ url }) => url.includes('well-known'))).toBe(false);
  });
});

describe('a token', () => {
  it('is asked for once by 50 calls at once, and kept', async () => {
    await startServer({ expiresInSeconds: 3600 });
    const client = clientOf();
    await Promise.all(Array.from({ length: 50 }, () => client.runs.get('run-1')));
    await client.runs.get('run-1');
    expect(server.requests).toHaveLength(1);
    expect(server.apiCalls()).toHaveLength(51);
  });

  it('that Duvo refuses is renewed once, by one request for all who were refused', async () => {
    await startServer();
    const client = clientOf();
    await client.runs.get('run-1');
    server.tokens.clear();
    await Promise.all(Array.from({ length: 20 }, () => client.runs.get('run-1')));
    expect(server.requests).toHaveLength(2);
  });

  it('that Duvo refuses twice is final', async () => {
    await startServer();
    const client = clientOf();
    server.intercept = (response, number) => {
      sendJson(response, 200, { access_token: `never-known-${number}`, token_type: 'Bearer' });
      return true;
    };
    const error = await errorOf(client.runs.get('run-1'));
    expect(error).toMatchObject({ kind: 'unauthorized', operation: 'runs.get', status: 401 });
    expect(error.message).toContain('DUVO_CLIENT_ID');
    expect(server.requests).toHaveLength(2);
    expect(server.apiCalls()).toHaveLength(2);
  });

  it('that is given again after Duvo refused it is not tried again', async () => {
    await startServer();
    server.intercept = (response) => {
      sendJson(response, 200, { access_token: 'never-known', token_type: 'Bearer' });
      return true;
    };
    expect(await errorOf(clientOf().runs.get('run-1'))).toMatchObject({ kind: 'unauthorized', status: 401 });
    expect(server.requests).toHaveLength(2);
    expect(server.apiCalls()).toHaveLength(1);
  });

  it('is refreshed before its end while calls go on with the one that is good', async () => {
    await startServer({ expiresInSeconds: 1 });
    const client = clientOf();
    while (server.requests.length < 2) await client.runs.get('run-1');
    const first = server.apiCalls()[0]?.headers.authorization;
    const indexOfSecond = server.server.requests.findLastIndex(({ url }) => url === '/oauth/token');
    // The call during which the second one was asked for went out with the first, and was not refused.
    expect(server.server.requests.slice(0, indexOfSecond).at(-1)?.headers.authorization).toBe(first);
    await client.runs.get('run-1');
  });

  it('is waited for by others when one caller aborts', async () => {
    await startServer();
    let hold: (response: ServerResponse) => void;
    const held = new Promise<ServerResponse>((resolve) => (hold = resolve));
    server.intercept = (response) => {
      hold(response);
      return true;
    };
    const client = clientOf();
    const controller = new AbortController();
    const aborted = errorOf(client.runs.get('run-1', { signal: controller.signal }));
    const patient = client.runs.get('run-1');
    const response = await held;
    controller.abort();
    expect(await aborted).toMatchObject({ kind: 'aborted', reached: 'no' });
    server.tokens.add('token');
    sendJson(response, 200, { access_token: 'token', token_type: 'Bearer' });
    expect((await patient).run?.id).toBe('run-1');
  });
});

describe('the life of a token', () => {
  /** Requests that are answered by hand, at a time that is set by hand. */
  function tokens() {
    const requests: {
      resolve: (token: { value: string; expiresInSeconds?: number }) => void;
      reject: (e: Error) => void;
    }[] = [];
    const clock = { now: 0 };
    const source = new OAuthCredentials(
      () => new Promise((resolve, reject) => requests.push({ resolve, reject })),
      () => clock.now,
    );
    return { requests, clock, source };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('ends ahead of its time: refreshed behind the one that is good, once', async () => {
    const { requests, clock, source } = tokens();
    const first = source.current();
    requests[0]?.resolve({ value: 'a', expiresInSeconds: 100 });
    expect(await first).toBe('a');
    clock.now = 89_000;
    expect(source.current()).toBe('a');
    expect(requests).toHaveLength(1);
    clock.now = 91_000;
    expect(source.current()).toBe('a');
    expect(source.current()).toBe('a');
    expect(requests).toHaveLength(2);
    requests[1]?.resolve({ value: 'b', expiresInSeconds: 100 });
    await settled();
    expect(source.current()).toBe('b');
  });

  it('is used up to its end when a refresh fails, and not after', async () => {
    const { requests, clock, source } = tokens();
    const first = source.current();
    requests[0]?.resolve({ value: 'a', expiresInSeconds: 100 });
    await first;
    clock.now = 95_000;
    expect(source.current()).toBe('a');
    requests[1]?.reject(new Error('down'));
    await settled();
    clock.now = 96_000;
    expect(source.current()).toBe('a');
    expect(requests).toHaveLength(2);
    clock.now = 101_000;
    const next = source.current();
    expect(requests).toHaveLength(3);
    requests[2]?.resolve({ value: 'c' });
    expect(await next).toBe('c');
    clock.now = 1e12;
    expect(source.current()).toBe('c');
  });

  it('a refresh that a refusal forces does not join one that was begun before it, and is not undone by it', async () => {
    const { requests, clock, source } = tokens();
    const first = source.current();
    requests[0]?.resolve({ value: 'a', expiresInSeconds: 100 });
    await first;
    clock.now = 95_000;
    void source.current(); // begins a refresh ahead of time
    const renewed = [source.renew('a'), source.renew('a')];
    expect(requests).toHaveLength(3);
    requests[2]?.resolve({ value: 'forced', expiresInSeconds: 100 });
    expect(await Promise.all(renewed)).toEqual(['forced', 'forced']);
    requests[1]?.resolve({ value: 'older', expiresInSeconds: 100 });
    await settled();
    expect(source.current()).toBe('forced');
  });

  it('a refusal of a token that was replaced meanwhile asks for none', async () => {
    const { requests, source } = tokens();
    const first = source.current();
    requests[0]?.resolve({ value: 'b' });
    await first;
    expect(await source.renew('a')).toBe('b');
    expect(requests).toHaveLength(1);
  });
});

describe('what goes wrong', () => {
  it.each([
    ['a wrong secret', { clientSecret: 'canary-wrong' }, 'unauthorized', 'DUVO_CLIENT_SECRET'],
    ['a scope that is not there', { scopes: ['not:there'] }, 'unauthorized', 'DUVO_SCOPES'],
  ])('%s is final, and says what to check', async (_what, oauth, kind, check) => {
    await startServer();
    const error = await errorOf(clientOf(oauth).runs.get('run-1'));
    expect(error).toMatchObject({ kind, operation: 'oauth.token', reached: 'no' });
    expect(error.message).toContain(check);
    expect(inspect(error, { depth: 10 })).not.toMatch(/canary|Basic/);
    expect(server.apiCalls()).toHaveLength(0);
  });

  it.each([
    [429, 'rate-limited'],
    [500, 'server'],
    [503, 'server'],
    [408, 'timeout'],
  ])('a %i of the token endpoint is worth another try: nothing has reached Duvo', async (status, kind) => {
    await startServer();
    server.intercept = (response, number) => {
      if (number > 1) return false;
      response.writeHead(status, { 'retry-after': '7' }).end(`<html>${SECRET}</html>`);
      return true;
    };
    const client = clientOf();
    const error = await errorOf(client.runs.get('run-1'));
    expect(error).toMatchObject({ kind, status, operation: 'oauth.token', reached: 'no', retryAfterMs: 7000 });
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
    expect((await client.runs.get('run-1')).run?.id).toBe('run-1');
  });

  it('a reset, and silence, too', async () => {
    await startServer();
    server.intercept = (response, number) => {
      if (number === 1) response.destroy();
      return number <= 2;
    };
    const client = clientOf({}, { headersMs: 2_000 });
    expect(await errorOf(client.runs.get('run-1'))).toMatchObject({ kind: 'connection', reached: 'no' });
    expect(await errorOf(client.runs.get('run-1'))).toMatchObject({ kind: 'timeout', reached: 'no' });
    expect((await client.runs.get('run-1')).run?.id).toBe('run-1');
  });

  it.each([
    ['HTML', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['no token', (response: ServerResponse) => sendJson(response, 200, { token_type: 'Bearer', canary: 1 })],
  ])('a 200 that is %s is final', async (_what, respond) => {
    await startServer();
    server.intercept = (response) => {
      respond(response);
      return true;
    };
    const error = await errorOf(clientOf().runs.get('run-1'));
    expect(error).toMatchObject({ kind: 'contract-violation', operation: 'oauth.token', reached: 'no' });
    expect(inspect(error, { depth: 10 })).not.toContain('canary');
  });

  it('a server that takes no proof that the client has is final, and says what it takes', async () => {
    await startServer({ authMethods: ['private_key_jwt'] });
    expect((await errorOf(clientOf().runs.get('run-1'))).message).toContain('DUVO_CLIENT_PRIVATE_KEY_FILE');
  });

  it('a missing scope is named, with where to add it', async () => {
    await startServer();
    const client = clientOf();
    await client.runs.get('run-1');
    server.server.handler = (_request, response) => sendJson(response, 403, { code: 'insufficient_scope' });
    const error = await errorOf(client.runs.get('run-1'));
    expect(error.message).toContain('the scope runs:read is missing: add it to DUVO_SCOPES');
  });
});

it('a scope that the API itself names is the one that is named', async () => {
  await startServer();
  const client = clientOf();
  server.server.handler = (request, response, raw) => {
    if (!request.url.startsWith('/v1/')) return void server.serve(request, response, raw);
    response.setHeader('www-authenticate', 'Bearer error="insufficient_scope", scope="runs:read files:read"');
    sendJson(response, 403, {});
  };
  const error = await errorOf(client.runs.get('run-1'));
  expect(error).toMatchObject({ kind: 'forbidden', code: 'insufficient_scope' });
  expect(error.message).toContain('the scope runs:read files:read is missing: add it to DUVO_SCOPES');
});

it.each([400, 401, 403, 404, 429, 500])('nothing that a %i echoes is shown', async (status) => {
  await startServer({ clientSecret: 'canary-secret' });
  server.intercept = (response) => {
    response.setHeader('x-request-id', 'canary-secret');
    sendJson(response, status, { error: 'canary-secret', code: 'canary-secret', error_description: 'canary-secret' });
    return true;
  };
  const seen: unknown[] = [];
  const oauth = { clientId: CLIENT_ID, clientSecret: 'canary-secret' };
  const client = new DuvoClient({ baseUrl: server.url, oauth, onRequest: (event) => seen.push(event) });
  clients.push(client);
  const error = await errorOf(client.runs.get('run-1'));
  expect(error).toMatchObject({ operation: 'oauth.token', status, reached: 'no' });
  for (const shown of [error, error.stack, JSON.stringify(error), seen, client]) {
    expect(inspect(shown, { depth: 10, showHidden: true })).not.toContain('canary');
  }
});

describe('options that are refused', () => {
  const base = { clientId: 'c', clientSecret: 's' };
  it.each<[string, OAuthOptions]>([
    ['oauth.clientId', { ...base, clientId: '' }],
    ['oauth.clientSecret', { clientId: 'c' }],
    ['oauth.clientSecret', { ...base, privateKeyFile: 'x' }],
    ['oauth.clientSecret', { ...base, clientSecret: ' ' }],
    ['oauth.tokenUrl', { ...base, tokenUrl: 'http://login.example/token' }],
    ['oauth.tokenUrl', { ...base, tokenUrl: 'canary' }],
    ['oauth.authMethod', { ...base, authMethod: 'private_key_jwt' }],
    ['oauth.scopes', { ...base, scopes: ['a b'] }],
    ['oauth.privateKeyFile', { clientId: 'c', privateKeyFile: join(folder, 'missing') }],
  ])('%s', async (field, oauth) => {
    const error = await errorOf(() => new DuvoClient({ oauth }));
    expect(error).toMatchObject({ kind: 'invalid-input', field });
    expect(error.message).not.toContain('canary');
  });

  it('a key and a client at once', async () => {
    expect(await errorOf(() => new DuvoClient({ apiKey: 'k', oauth: base }))).toMatchObject({ field: 'apiKey' });
  });

  it('a file that holds no key, whose content is not shown', async () => {
    const path = join(folder, 'none');
    writeFileSync(path, 'canary');
    const error = await errorOf(() => new DuvoClient({ oauth: { clientId: 'c', privateKeyFile: path } }));
    expect(error.message).toContain(path);
    expect(inspect(error, { depth: 10 })).not.toContain('canary');
  });
});
