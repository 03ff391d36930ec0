import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { DuvoClient, DuvoInvalidInputError, type DuvoClientOptions } from '../../../duvo';
import { createClient, errorOf, replyJson, TestServer } from '../../support/duvo/http-test-server';

let server: TestServer;
let folder: string;
let file: string;

beforeEach(async () => {
  server = await TestServer.start();
  folder = mkdtempSync(join(tmpdir(), 'duvo-key-'));
  file = join(folder, 'key');
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const keysSeen = () => server.requests.map(({ headers }) => headers.authorization);

describe('a key file', () => {
  it('is trimmed, and is read again after it was changed or replaced', async () => {
    writeFileSync(file, '  dv_one\n');
    const client = createClient(server, { apiKeyFile: file });
    await client.runs.get('r');
    await client.runs.get('r');
    writeFileSync(file, 'dv_two\n'); // the new key has the same size as the old key without white space, so the size alone does not show the change
    await client.runs.get('r');
    writeFileSync(`${file}.new`, 'dv_3');
    renameSync(`${file}.new`, file);
    await client.runs.get('r');
    expect(keysSeen()).toEqual(['Bearer dv_one', 'Bearer dv_one', 'Bearer dv_two', 'Bearer dv_3']);
    await client.close();
  });

  it.each([
    ['missing', () => rmSync(file)],
    ['empty', () => writeFileSync(file, '')],
    ['two lines', () => writeFileSync(file, 'dv_a\ndv_b')],
  ])('that is %s for a moment keeps the last key in use until the file has a new key', async (_name, damage) => {
    writeFileSync(file, 'dv_one');
    const client = createClient(server, { apiKeyFile: file });
    damage();
    await client.runs.get('r');
    writeFileSync(file, 'dv_two');
    await client.runs.get('r');
    expect(keysSeen()).toEqual(['Bearer dv_one', 'Bearer dv_two']);
    await client.close();
  });

  it('is read again after a 401, and the call is repeated when the key has changed', async () => {
    writeFileSync(file, 'dv_one');
    const client = createClient(server, { apiKeyFile: file });
    server.handler = (request, response, raw) => {
      writeFileSync(file, 'dv_two');
      const accepted = request.headers.authorization === 'Bearer dv_two';
      replyJson(accepted ? 201 : 401, accepted ? { run: { id: 'r', status: 'pending' } } : {})(request, response, raw);
    };
    const { run } = await client.runs.start({ agentId: 'a', message: 'm' }, { idempotencyKey: 'k' });
    expect(run?.id).toBe('r');
    expect(keysSeen()).toEqual(['Bearer dv_one', 'Bearer dv_two']);
    const [first, second] = server.requests;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['idempotency-key']).toBe('k');
    await client.close();
  });

  it.each([
    ['the same', 1, () => undefined],
    ['gone', 1, () => rmSync(file)],
    ['wrong too', 2, () => writeFileSync(file, 'dv_two')],
  ])('makes a 401 final when the key is %s after it (%i requests)', async (_name, requests, change) => {
    writeFileSync(file, 'dv_one');
    const client = createClient(server, { apiKeyFile: file });
    server.handler = (request, response, raw) => {
      if (server.requests.length === 1) change();
      replyJson(401, { code: 'bad_key' })(request, response, raw);
    };
    const error = await errorOf(client.runs.get('r'));
    expect(error).toMatchObject({ kind: 'unauthorized', status: 401, code: 'bad_key' });
    expect(error.message).toContain(`check the key in the file ${file}`);
    expect(server.requests).toHaveLength(requests);
    await client.close();
  });

  it('is not read again after a 403', async () => {
    writeFileSync(file, 'dv_one');
    const client = createClient(server, { apiKeyFile: file });
    server.handler = (request, response, raw) => {
      writeFileSync(file, 'dv_two');
      replyJson(403, {})(request, response, raw);
    };
    expect((await errorOf(client.runs.get('r'))).kind).toBe('forbidden');
    expect(keysSeen()).toEqual(['Bearer dv_one']);
    await client.close();
  });

  it('never shows its key', () => {
    writeFileSync(file, 'dv_secret_key');
    for (const client of [
      createClient(server, { apiKeyFile: file }),
      createClient(server, { apiKey: 'dv_secret_key' }),
    ]) {
      expect(inspect(client, { depth: 10, showHidden: true })).not.toContain('dv_secret');
      expect(JSON.stringify(client)).not.toContain('dv_secret');
    }
  });
});

it('a fixed key is trimmed, and its 401 is final', async () => {
  const client = createClient(server, { apiKey: ' dv_one\n' });
  server.handler = replyJson(401, {});
  expect(await errorOf(client.runs.get('r'))).toMatchObject({ kind: 'unauthorized' });
  expect(keysSeen()).toEqual(['Bearer dv_one']);
  await client.close();
});

describe('options that are refused', () => {
  const key = { apiKey: 'dv_k' };
  it.each<[string, DuvoClientOptions | (() => DuvoClientOptions), string, string]>([
    ['no key', {}, 'apiKey', 'DUVO_API_KEY'],
    ['two keys', { apiKey: 'dv_secret', apiKeyFile: '/f' }, 'apiKey', 'only one'],
    ['an empty key', { apiKey: ' \n' }, 'apiKey', 'DUVO_API_KEY'],
    ['a key of two lines', { apiKey: 'dv_secret\nx' }, 'apiKey', 'header'],
    ['a key with non-ASCII characters', { apiKey: 'dv_secrét' }, 'apiKey', 'header'],
    ['a missing file', { apiKeyFile: '/no/such/file' }, 'apiKeyFile', '/no/such/file, which cannot be read: ENOENT'],
    ['a folder', () => ({ apiKeyFile: folder }), 'apiKeyFile', 'EISDIR: check DUVO_API_KEY_FILE'],
    [
      'an empty file',
      () => (writeFileSync(file, '\n'), { apiKeyFile: file }),
      'apiKeyFile',
      'does not hold one key: check DUVO_API_KEY_FILE',
    ],
    ['two lines', () => (writeFileSync(file, 'dv_secret\nx'), { apiKeyFile: file }), 'apiKeyFile', 'one key'],
    ['a base URL without a scheme', { ...key, baseUrl: 'api.duvo.ai' }, 'baseUrl', 'DUVO_API_BASE_URL'],
    ['another scheme', { ...key, baseUrl: 'ftp://api.duvo.ai' }, 'baseUrl', 'http'],
    ['credentials', { ...key, baseUrl: 'https://dv_secret@api.duvo.ai' }, 'baseUrl', 'credentials'],
    ['a password', { ...key, baseUrl: 'https://:dv_secret@api.duvo.ai' }, 'baseUrl', 'credentials'],
    ['a query', { ...key, baseUrl: 'https://api.duvo.ai/?k=dv_secret' }, 'baseUrl', 'query'],
    ['a fragment', { ...key, baseUrl: 'https://api.duvo.ai/#x' }, 'baseUrl', 'fragment'],
    ['a timeout of zero', { ...key, timeouts: { connectMs: 0 } }, 'timeouts.connectMs', 'whole number from 1'],
    ['a fractional timeout', { ...key, timeouts: { headersMs: 1.5 } }, 'timeouts.headersMs', 'whole number from 1'],
    [
      'a timeout above the maximum',
      { ...key, timeouts: { bodyMs: 2 ** 31 } },
      'timeouts.bodyMs',
      'whole number from 1',
    ],
    ['a NaN number of connections', { ...key, maxConnections: NaN }, 'maxConnections', 'whole number from 1'],
    ['a user agent of two lines', { ...key, userAgent: 'a\r\nb' }, 'userAgent', 'ASCII'],
  ])('%s', async (_name, options, field, words) => {
    const error = await errorOf(() => new DuvoClient(typeof options === 'function' ? options() : options));
    expect(error).toBeInstanceOf(DuvoInvalidInputError);
    expect(error).toMatchObject({ kind: 'invalid-input', field, reached: 'no' });
    expect(error.message).toContain(words);
    expect(inspect(error)).not.toContain('dv_secr');
  });
});
