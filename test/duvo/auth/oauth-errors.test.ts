import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { DuvoClient, type OAuthOptions } from '../../../duvo';
import { sendJson } from '../../support/duvo/authorization-server';
import { errorOf } from '../../support/duvo/http-test-server';
import { createOAuthClient, folder, SECRET, server, setUpOAuth, startServer } from '../../support/duvo/oauth-setup';

setUpOAuth();

describe('an error of a token request', () => {
  it.each([
    ['a wrong secret', { clientSecret: 'canary-wrong' }, 'unauthorized', 'DUVO_CLIENT_SECRET'],
    ['an unknown scope', { scopes: ['not:there'] }, 'unauthorized', 'DUVO_SCOPES'],
  ])('%s is a final error that names the variable to check', async (_what, oauth, kind, check) => {
    await startServer();
    const error = await errorOf(createOAuthClient(oauth).runs.get('run-1'));
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
  ])('a %i of the token endpoint can be retried, and nothing has reached Duvo', async (status, kind) => {
    await startServer();
    server.intercept = (response, number) => {
      if (number > 1) return false;
      response.writeHead(status, { 'retry-after': '7' }).end(`<html>${SECRET}</html>`);
      return true;
    };
    const client = createOAuthClient();
    const error = await errorOf(client.runs.get('run-1'));
    expect(error).toMatchObject({ kind, status, operation: 'oauth.token', reached: 'no', retryAfterMs: 7000 });
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
    expect((await client.runs.get('run-1')).run?.id).toBe('run-1');
  });

  it('a connection reset and a timeout can be retried', async () => {
    await startServer();
    server.intercept = (response, number) => {
      if (number === 1) response.destroy();
      return number <= 2;
    };
    const client = createOAuthClient({}, { timeouts: { headersMs: 2_000 } });
    expect(await errorOf(client.runs.get('run-1'))).toMatchObject({ kind: 'connection', reached: 'no' });
    expect(await errorOf(client.runs.get('run-1'))).toMatchObject({ kind: 'timeout', reached: 'no' });
    expect((await client.runs.get('run-1')).run?.id).toBe('run-1');
  });

  it.each([
    ['HTML', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['no token', (response: ServerResponse) => sendJson(response, 200, { token_type: 'Bearer', canary: 1 })],
  ])('a 200 with %s is a final error', async (_what, respond) => {
    await startServer();
    server.intercept = (response) => {
      respond(response);
      return true;
    };
    const error = await errorOf(createOAuthClient().runs.get('run-1'));
    expect(error).toMatchObject({ kind: 'unauthorized', operation: 'oauth.token', reached: 'no' });
    expect(inspect(error, { depth: 10 })).not.toContain('canary');
  });

  it('a server without a supported authentication method is a final error that names the needed variable', async () => {
    await startServer({ authMethods: ['private_key_jwt'] });
    expect((await errorOf(createOAuthClient().runs.get('run-1'))).message).toContain('DUVO_CLIENT_PRIVATE_KEY_FILE');
  });

  it('a missing scope is named together with the variable to add it to', async () => {
    await startServer();
    const client = createOAuthClient();
    await client.runs.get('run-1');
    server.server.handler = (_request, response) => sendJson(response, 403, { code: 'insufficient_scope' });
    const error = await errorOf(client.runs.get('run-1'));
    expect(error.message).toContain('the scope runs:read is missing: add it to DUVO_SCOPES');
  });
});

it('the error of a 403 names the scope from the header of the response', async () => {
  await startServer();
  const client = createOAuthClient();
  server.server.handler = (request, response, raw) => {
    if (!request.url.startsWith('/v1/')) return void server.serve(request, response, raw);
    response.setHeader('www-authenticate', 'Bearer error="insufficient_scope", scope="runs:read files:read"');
    sendJson(response, 403, {});
  };
  const error = await errorOf(client.runs.get('run-1'));
  expect(error).toMatchObject({ kind: 'forbidden', code: 'insufficient_scope' });
  expect(error.message).toContain('the scope runs:read files:read is missing: add it to DUVO_SCOPES');
});

it.each([400, 401, 403, 404, 429, 500])('a secret that a %i response repeats is not shown', async (status) => {
  await startServer({ clientSecret: 'canary-secret' });
  server.intercept = (response) => {
    response.setHeader('x-request-id', 'canary-secret');
    sendJson(response, status, { error: 'canary-secret', code: 'canary-secret', error_description: 'canary-secret' });
    return true;
  };
  const seen: unknown[] = [];
  const client = createOAuthClient({ clientSecret: 'canary-secret' }, { onRequest: (event) => seen.push(event) });
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

  it('an API key and an OAuth client together are refused', async () => {
    expect(await errorOf(() => new DuvoClient({ apiKey: 'k', oauth: base }))).toMatchObject({ field: 'apiKey' });
  });

  it('a file without a key is refused, and its content is not shown', async () => {
    const path = join(folder, 'none');
    writeFileSync(path, 'canary');
    const error = await errorOf(() => new DuvoClient({ oauth: { clientId: 'c', privateKeyFile: path } }));
    expect(error.message).toContain(path);
    expect(inspect(error, { depth: 10 })).not.toContain('canary');
  });
});
