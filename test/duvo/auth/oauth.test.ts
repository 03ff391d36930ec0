import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { DuvoClient } from '../../../duvo';
import { DuvoSimulator } from '../../../testing';
import { sendJson } from '../../support/duvo/authorization-server';
import { errorOf } from '../../support/duvo/http-test-server';
import {
  createOAuthClient,
  folder,
  server,
  setUpOAuth,
  startServer,
  writeKeyFile,
} from '../../support/duvo/oauth-setup';

setUpOAuth();

describe('a client authenticates', () => {
  it.each([
    ['in a basic header, when the metadata lists no method', undefined, 'client_secret_basic'],
    [
      'in a basic header, when the server supports both',
      ['client_secret_post', 'client_secret_basic'],
      'client_secret_basic',
    ],
    ['in the body, when the server supports only that', ['client_secret_post'], 'client_secret_post'],
  ])('with its secret %s', async (_what, methods, method) => {
    await startServer({ authMethods: methods });
    await createOAuthClient().runs.get('run-1');
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
    const privateKeyFile = writeKeyFile(name.replaceAll(/\W/g, '-'), privateKey, as);
    await createOAuthClient({ privateKeyFile }).runs.get('run-1');
    server.audience = server.tokenUrl; // the audience is the endpoint, because the client has no other information about the server
    await createOAuthClient({ privateKeyFile, tokenUrl: server.tokenUrl }).runs.get('run-1');
    expect(server.requests).toEqual([
      { method: 'private_key_jwt', alg },
      { method: 'private_key_jwt', alg },
    ]);
  });

  it('with the key id of a JWK, and with a new key after the old key was refused', async () => {
    const first = generateKeyPairSync('ed25519');
    const second = generateKeyPairSync('ed25519');
    await startServer({ publicKey: second.publicKey });
    const path = join(folder, 'replaced');
    const write = (key: KeyObject, kid: string) =>
      writeFileSync(path, JSON.stringify({ ...key.export({ format: 'jwk' }), kid }));
    write(first.privateKey, 'k-1');
    const client = createOAuthClient({ privateKeyFile: path });
    expect((await errorOf(client.runs.get('run-1'))).message).toContain('DUVO_CLIENT_PRIVATE_KEY_FILE');
    write(second.privateKey, 'k-2');
    await client.runs.get('run-1');
    expect(server.requests).toEqual([{ method: 'private_key_jwt', alg: 'EdDSA', kid: 'k-2' }]);
  });

  it.each([
    ['one second behind', -1_000],
    ['50 s behind', -50_000],
    ['50 s ahead', 50_000],
  ])('with a private key at a server whose clock is %s', async (_what, clockOffsetMs) => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    await startServer({ publicKey, clockOffsetMs });
    await createOAuthClient({ privateKeyFile: writeKeyFile('clocks', privateKey, 'pem') }).runs.get('run-1');
    expect(server.requests).toEqual([{ method: 'private_key_jwt', alg: 'EdDSA' }]);
  });

  it('and reports the time of a server that refuses the assertion', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    await startServer({ publicKey, clockOffsetMs: -600_000 });
    const client = createOAuthClient({ privateKeyFile: writeKeyFile('clocks', privateKey, 'pem') });
    const error = await errorOf(client.runs.get('run-1'));
    expect(error).toMatchObject({ kind: 'unauthorized', operation: 'oauth.token', status: 401 });
    const offsetMs = Date.parse(error.serverTime ?? '') - Date.now();
    expect(Math.round(offsetMs / 60_000)).toBe(-10);
  });

  it.each([
    ['decodes', true, "a secret+with/odd:chars and -_.!~*'()"],
    ['does not decode', false, "secret-with_unreserved.chars!~*'()"],
  ])('in a basic header at a server that %s it', async (_what, decodesBasicCredentials, clientSecret) => {
    const oauth = { clientId: 'client-1_a.b!~*', clientSecret };
    const simulator = await DuvoSimulator.start({ oauth: { ...oauth, decodesBasicCredentials } });
    const client = new DuvoClient({
      baseUrl: simulator.url,
      oauth: { ...oauth, tokenUrl: `${simulator.url}/oauth/token` },
    });
    const error = await errorOf(client.runs.get('no-run'));
    await Promise.all([client.close(), simulator.close()]);
    expect(error).toMatchObject({ kind: 'not-found', operation: 'runs.get' });
  });

  it('by the method of the options', async () => {
    await startServer();
    await createOAuthClient({ tokenUrl: server.tokenUrl, authMethod: 'client_secret_post' }).runs.get('run-1');
    expect(server.requests).toEqual([{ method: 'client_secret_post' }]);
  });

  it('at the endpoint of the options without discovery, and requests the scopes of the options', async () => {
    await startServer();
    await createOAuthClient({ tokenUrl: server.tokenUrl, scopes: ['runs:read', 'runs:write'] }).runs.get('run-1');
    expect(server.requests).toEqual([{ method: 'client_secret_basic', scope: 'runs:read runs:write' }]);
    expect(server.server.requests.some(({ url }) => url.includes('well-known'))).toBe(false);
  });
});

describe('a token', () => {
  it('is requested once for 50 concurrent calls, and is kept', async () => {
    await startServer({ expiresInSeconds: 3600 });
    const client = createOAuthClient();
    await Promise.all(Array.from({ length: 50 }, () => client.runs.get('run-1')));
    await client.runs.get('run-1');
    expect(server.requests).toHaveLength(1);
    expect(server.apiCalls()).toHaveLength(51);
  });

  it('that Duvo refuses is renewed by one request for all refused calls', async () => {
    await startServer();
    const client = createOAuthClient();
    await client.runs.get('run-1');
    server.tokens.clear();
    await Promise.all(Array.from({ length: 20 }, () => client.runs.get('run-1')));
    expect(server.requests).toHaveLength(2);
  });

  it('that Duvo refuses twice makes the 401 final', async () => {
    await startServer();
    const client = createOAuthClient();
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

  it('that the server returns again after a refusal is not used again', async () => {
    await startServer();
    server.intercept = (response) => {
      sendJson(response, 200, { access_token: 'never-known', token_type: 'Bearer' });
      return true;
    };
    expect(await errorOf(createOAuthClient().runs.get('run-1'))).toMatchObject({ kind: 'unauthorized', status: 401 });
    expect(server.requests).toHaveLength(2);
    expect(server.apiCalls()).toHaveLength(1);
  });

  it('is refreshed before it expires, while calls use the current token', async () => {
    await startServer({ expiresInSeconds: 1 });
    const client = createOAuthClient();
    while (server.requests.length < 2) await client.runs.get('run-1');
    const first = server.apiCalls()[0]?.headers.authorization;
    const indexOfSecond = server.server.requests.findLastIndex(({ url }) => url === '/oauth/token');
    // The call that triggered the refresh was itself sent with the first token, and Duvo accepted it.
    expect(server.server.requests.slice(0, indexOfSecond).at(-1)?.headers.authorization).toBe(first);
    await client.runs.get('run-1');
  });

  it('is still delivered to other callers when one caller aborts', async () => {
    await startServer();
    let hold: (response: ServerResponse) => void;
    const held = new Promise<ServerResponse>((resolve) => (hold = resolve));
    server.intercept = (response) => {
      hold(response);
      return true;
    };
    const client = createOAuthClient();
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
