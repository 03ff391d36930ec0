import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuvoClient, DuvoError, MAX_DIRECT_UPLOAD_BYTES, MAX_UPLOAD_BYTES, type RequestEvent } from '../../duvo';
import { TsProcess } from '../workers/ts-process';
import { clientOf, errorOf, json, TestServer } from './support';

const SECRET = 'X-Signature=s3cr3t-of-the-upload-url';

/** Where files over 10 MB go: counts and hashes what it gets, as any store would. */
class Store {
  readonly puts: { url: string; headers: IncomingHttpHeaders; bytes: number; hash: string; whole: boolean }[] = [];
  /** Called at the first bytes of a body. */
  onBytes: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  answer: (response: ServerResponse) => void = (response) => response.end();

  private constructor(readonly server: Server) {}

  static async start(): Promise<Store> {
    const server = createServer();
    const store = new Store(server);
    server.on('request', (request, response) => {
      const hash = createHash('sha256');
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        if (bytes === 0) store.onBytes(request, response);
        bytes += chunk.length;
        hash.update(chunk);
      });
      request.on('error', () => undefined);
      request.on('close', () => {
        const { url = '', headers, complete: whole } = request;
        store.puts.push({ url, headers, bytes, hash: hash.digest('hex'), whole });
        server.emit('put');
      });
      request.on('end', () => store.answer(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/bucket/key?${SECRET}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let server: TestServer;
let store: Store;
let client: DuvoClient;
let folder: string;
let events: RequestEvent[];

beforeEach(async () => {
  server = await TestServer.start();
  store = await Store.start();
  events = [];
  client = clientOf(server, { version: 'v2', teamId: 't', onRequest: (event) => events.push(event) });
  folder = mkdtempSync(join(tmpdir(), 'upload-'));
  server.handler = (request, response, raw) =>
    request.url.endsWith('/upload-urls')
      ? json(200, { upload_url: store.url, path: '/workspace/put', expires_in_seconds: 60 })(request, response, raw)
      : json(201, { path: '/workspace/a', size_bytes: 5 })(request, response, raw);
});

afterEach(async () => {
  await client.close();
  await server.stop();
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
});

const options = { idempotencyKey: 'wf/1:upload' };

function fileOf(content: string | Buffer, name = 'a.csv'): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** A file of a size, which takes no room on the disk. */
function sparse(size: number, name = 'big.bin'): string {
  const file = fileOf('', name);
  truncateSync(file, size);
  return file;
}

const BIG = MAX_DIRECT_UPLOAD_BYTES + 1;
const send = (file: string, path?: string) => client.sandboxes.uploadFile({ sandboxId: 's', file, path }, options);

/** The files of the folder that this process holds open, where the system tells. */
function openFiles(): string[] {
  if (!existsSync('/proc/self/fd')) return [];
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.startsWith(folder));
}

describe('a file up to 10 MB', () => {
  it('goes to Duvo as a form, with its place before it', async () => {
    expect(await send(fileOf('a,b\r\n'), '/workspace/x.csv')).toEqual({ path: '/workspace/a', sizeBytes: 5 });
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/v2/sandboxes/s/files',
      headers: {
        authorization: 'Bearer dv_test',
        'idempotency-key': 'wf/1:upload',
        'content-length': String(request?.body.length),
      },
    });
    const boundary = /^multipart\/form-data; boundary=([\w-]{20,70})$/.exec(
      request?.headers['content-type'] ?? '',
    )?.[1];
    expect(request?.body).toBe(
      [
        `--${boundary}\r\nContent-Disposition: form-data; name="path"\r\n\r\n/workspace/x.csv\r\n`,
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n`,
        'Content-Type: application/octet-stream\r\n\r\na,b\r\n\r\n',
        `--${boundary}--\r\n`,
      ].join(''),
    );
  });

  it('is the same bytes at each try of one key, and others for another', async () => {
    const file = fileOf('same');
    await send(file);
    await send(file);
    await client.sandboxes.uploadFile({ sandboxId: 's', file }, { idempotencyKey: 'other' });
    const [first, second, other] = server.requests.map(({ body, headers }) => body + headers['content-type']);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
    expect(first).not.toContain('name="path"');
  });

  it.each([
    ['empty', 0],
    ['of exactly 10 MB', MAX_DIRECT_UPLOAD_BYTES],
  ])('may be %s', async (_name, size) => {
    await send(sparse(size));
    expect(server.requests.map(({ url }) => url)).toEqual(['/v2/sandboxes/s/files']);
    expect(Number(server.requests[0]?.headers['content-length'])).toBe(server.requests[0]?.body.length);
    expect(server.requests[0]?.body.length).toBeGreaterThan(size);
    expect(openFiles()).toEqual([]);
  });

  it('of a name with quotes and line breaks stays one field of the form', async () => {
    await send(fileOf('x', 'a"\r\nX-Evil: 1.csv'));
    expect(server.requests[0]?.body).toContain('filename="a%22%0D%0AX-Evil: 1.csv"');
  });

  it('is sent again from its first byte after a 401 and a fresh key', async () => {
    const keyFile = fileOf('dv_old', 'key');
    const own = clientOf(server, { version: 'v2', teamId: 't', apiKeyFile: keyFile });
    server.handler = (request, response, raw) => {
      if (request.headers.authorization === 'Bearer dv_new') {
        return json(201, { path: '/p', size_bytes: 4 })(request, response, raw);
      }
      writeFileSync(keyFile, 'dv_new');
      json(401, {})(request, response, raw);
    };
    await own.sandboxes.uploadFile({ sandboxId: 's', file: fileOf('body') }, options);
    await own.close();
    const [first, second] = server.requests;
    expect(second?.body).toBe(first?.body);
  });

  it('stands in no error, also when Duvo echoes it', async () => {
    const wire = { code: 'planted-content', error: 'planted-content', details: [{ field: 'planted-content' }] };
    server.handler = json(422, { ...wire, request_id: 'req_1' });
    const error = await errorOf(send(fileOf('planted-content')));
    expect(error).toMatchObject({ kind: 'invalid', requestId: 'req_1' });
    expect(JSON.stringify([error, error.stack, events])).not.toContain('planted');
    server.handler = json(403, { code: 'insufficient_scope' });
    expect((await errorOf(send(fileOf('x')))).code).toBe('insufficient_scope');
  });

  it.each([
    ['413', json(413, { error: 'too_large' }), { kind: 'too-large', status: 413 }],
    ['500', json(500, {}), { kind: 'server', reached: 'maybe' }],
    ['an answer without its path', json(201, { size_bytes: 1 }), { kind: 'contract', field: 'path' }],
    ['an answer without its size', json(201, { path: '/p' }), { kind: 'contract', field: 'size_bytes' }],
  ])('ends with the error of %s, and the file is closed', async (_name, handler, facts) => {
    server.handler = handler;
    expect(await errorOf(send(fileOf('x')))).toMatchObject({ operation: 'sandboxes.uploadFile', ...facts });
    expect(openFiles()).toEqual([]);
  });
});

describe('a file over 10 MB', () => {
  it('is put to an upload URL, as it is, without the key', async () => {
    const content = Buffer.alloc(BIG, 'line\n');
    expect(await send(fileOf(content), '/workspace/b.bin')).toEqual({ path: '/workspace/put', sizeBytes: BIG });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/v2/sandboxes/s/upload-urls' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ path: '/workspace/b.bin' });
    const [put] = store.puts;
    expect(put).toMatchObject({ url: `/bucket/key?${SECRET}`, bytes: BIG, whole: true });
    expect(put?.hash).toBe(createHash('sha256').update(content).digest('hex'));
    expect(put?.headers['content-length']).toBe(String(BIG));
    expect(put?.headers).not.toHaveProperty('authorization');
    expect(put?.headers).not.toHaveProperty('transfer-encoding');
    expect(put?.headers).not.toHaveProperty('idempotency-key');
    expect(events.map(({ operation, method, path, status }) => [operation, method, path, status])).toEqual([
      ['sandboxes.createUploadUrl', 'POST', '/v2/sandboxes/{sandbox_id}/upload-urls', 200],
      ['sandboxes.uploadFile', 'PUT', '<upload url>', 200],
    ]);
  });

  it('goes by its name into /workspace when no place is given', async () => {
    await send(sparse(BIG, 'big one.bin'));
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ path: '/workspace/big one.bin' });
  });

  it.each([
    ['429', 429, 'rate-limited', 1],
    ['500', 500, 'server', 1],
    ['302', 302, 'refused', 1],
    ['403, twice', 403, 'forbidden', 2],
    ['401, twice', 401, 'unauthorized', 2],
  ] as const)('ends with an error that does not show the URL: %s', async (_name, status, kind, puts) => {
    store.answer = (response) => {
      response.writeHead(status, { 'x-request-id': 's3cr3t-of-the-upload-url' });
      response.end(`<Error><Url>${store.url}</Url></Error>`);
    };
    const error = await errorOf(send(sparse(BIG)));
    expect(error).toMatchObject({
      kind,
      operation: 'sandboxes.uploadFile',
      method: 'PUT',
      path: '<upload url>',
      status,
    });
    expect(error.message).toContain('(PUT <upload url>');
    expect(JSON.stringify([error, error.stack, error.cause, events])).not.toMatch(/s3cr3t|bucket|127\.0\.0\.1/);
    expect(store.puts).toHaveLength(puts);
    expect(openFiles()).toEqual([]);
  });

  it('asks once for a fresh URL, with another key, when the first has expired', async () => {
    store.answer = ((first) => (response: ServerResponse) => {
      response.writeHead(first ? 403 : 200).end();
      first = false;
    })(true);
    await send(sparse(BIG));
    expect(store.puts).toHaveLength(2);
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toBe('wf/1:upload');
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('is not sent in the clear, or to no URL of the web', async () => {
    server.handler = json(200, { upload_url: 'ftp://h.example/x', path: '/p', expires_in_seconds: 1 });
    expect(await errorOf(send(sparse(BIG)))).toMatchObject({ kind: 'contract', field: 'upload_url' });
    server.handler = json(200, { upload_url: 'no url', path: '/p', expires_in_seconds: 1 });
    expect(await errorOf(send(sparse(BIG)))).toMatchObject({ kind: 'contract', field: 'upload_url' });
  });

  it('ends with the error of a store that is not there', async () => {
    const { url } = store;
    await store.stop();
    server.handler = json(200, { upload_url: url, path: '/p', expires_in_seconds: 1 });
    const error = await errorOf(send(sparse(BIG)));
    expect(error).toMatchObject({ kind: 'connection', method: 'PUT', reached: 'no', code: 'ECONNREFUSED' });
    expect(JSON.stringify([error, error.message])).not.toContain('s3cr3t');
    store = await Store.start();
  });

  it('that is refused at its first bytes ends with what the store says', async () => {
    store.onBytes = (_request, response) => void response.writeHead(507, { 'content-length': 0 }).end();
    store.answer = () => undefined;
    const error = await errorOf(send(sparse(64 * 1024 * 1024)));
    expect(error).toMatchObject({ kind: 'server', status: 507, method: 'PUT' });
    expect(openFiles()).toEqual([]);
  });

  it('may take longer than an answer: while its bytes are taken, nothing is late', async () => {
    store.onBytes = (request) => {
      let taken = 0;
      request.on('data', (chunk: Buffer) => {
        taken += chunk.length;
        if (taken < 5 * 1024 * 1024) return;
        taken = 0;
        request.pause();
        setTimeout(() => request.resume(), 600);
      });
    };
    const own = clientOf(server, { version: 'v2', teamId: 't', timeouts: { headersMs: 5_000 } });
    await own.sandboxes.uploadFile({ sandboxId: 's', file: sparse(64 * 1024 * 1024) }, options);
    expect(store.puts).toMatchObject([{ whole: true }]);
    await own.close();
  });

  it('never lives in memory: 200 MB go out of a process that has room for far less', async () => {
    const file = sparse(200 * 1024 * 1024);
    const child = TsProcess.start(join(__dirname, 'upload-process.ts'), {
      ...process.env,
      NODE_OPTIONS: '--max-old-space-size=48',
      BASE_URL: server.url,
      FILE: file,
    });
    const { grownMiB } = await child.message<{ grownMiB: number }>();
    expect(await child.exit()).toBe(0);
    expect(store.puts).toMatchObject([{ bytes: 200 * 1024 * 1024, whole: true }]);
    expect(grownMiB).toBeLessThan(100);
  });
});

describe('a file that cannot be sent', () => {
  it.each<[string, () => string, RegExp]>([
    ['is missing', () => join(folder, 'none'), /names .*none, which cannot be read: ENOENT/],
    ['is a directory', () => folder, /which is a directory/],
    ['is no regular file', () => '/dev/null', /which is no regular file/],
    ['has an empty path', () => '', /must be a non-empty string/],
  ])('%s: nothing is sent', async (_name, path, words) => {
    const error = await errorOf(send(path()));
    expect(error).toMatchObject({ kind: 'input', field: 'file', reached: 'no', operation: 'sandboxes.uploadFile' });
    expect(error.message).toMatch(words);
    expect(server.requests).toHaveLength(0);
  });

  it('has more than 5 GB: nothing is sent', async () => {
    const error = await errorOf(send(sparse(MAX_UPLOAD_BYTES + 1)));
    expect(error).toMatchObject({ kind: 'too-large', field: 'file', reached: 'no' });
    expect(error.message).toContain(`at most ${MAX_UPLOAD_BYTES}`);
    expect(server.requests).toHaveLength(0);
    expect(openFiles()).toEqual([]);
  });

  it.each([
    ['path', { path: '' }, options],
    ['sandboxId', { sandboxId: '' }, options],
    ['idempotencyKey', {}, { idempotencyKey: '' }],
  ])('has a wrong %s: nothing is sent', async (field, wrong, given) => {
    const call = client.sandboxes.uploadFile({ sandboxId: 's', file: fileOf('x'), ...wrong }, given);
    expect(await errorOf(call)).toMatchObject({ kind: 'input', field });
    expect(server.requests).toHaveLength(0);
  });

  it.each<[string, (file: string) => void]>([
    ['grows', (file) => appendFileSync(file, 'more')],
    ['shrinks', (file) => truncateSync(file, 1024)],
    ['is written to', (file) => utimesSync(file, new Date(), new Date(0))],
  ])('%s while it is sent: it never arrives as a whole', async (_name, change) => {
    const file = sparse(64 * 1024 * 1024);
    store.onBytes = () => change(file);
    const put = once(store.server, 'put');
    const error = await errorOf(send(file));
    expect(error).toMatchObject({ kind: 'input', field: 'file', operation: 'sandboxes.uploadFile', reached: 'maybe' });
    expect(error.message).toContain('changed while it was sent');
    await put;
    expect(store.puts).toMatchObject([{ whole: false }]);
    expect(openFiles()).toEqual([]);
  });
});

describe('an upload that is aborted', () => {
  it('closes its socket and its file', async () => {
    const aborter = new AbortController();
    store.onBytes = () => aborter.abort();
    const put = once(store.server, 'put');
    const call = client.sandboxes.uploadFile(
      { sandboxId: 's', file: sparse(64 * 1024 * 1024) },
      { ...options, signal: aborter.signal },
    );
    expect(await errorOf(call)).toMatchObject({ kind: 'aborted', operation: 'sandboxes.uploadFile', reached: 'maybe' });
    await put;
    expect(store.puts).toMatchObject([{ whole: false }]);
    expect(openFiles()).toEqual([]);
  });

  it('before it begins sends nothing', async () => {
    const call = client.sandboxes.uploadFile(
      { sandboxId: 's', file: fileOf('x') },
      { ...options, signal: AbortSignal.abort() },
    );
    expect(await errorOf(call)).toMatchObject({ kind: 'aborted', reached: 'no' });
    expect(server.requests).toHaveLength(0);
    expect(openFiles()).toEqual([]);
  });

  it('by a time-out of the store says so', async () => {
    store.answer = () => undefined;
    const own = clientOf(server, { version: 'v2', teamId: 't', timeouts: { headersMs: 2_000 } });
    const call = own.sandboxes.uploadFile({ sandboxId: 's', file: sparse(BIG) }, options);
    expect(await errorOf(call)).toMatchObject({ kind: 'timeout', method: 'PUT', reached: 'maybe' });
    await own.close();
  });
});

it('dialect v1 has no files: nothing is sent, and the file is not even looked at', async () => {
  const v1 = clientOf(server);
  const call = v1.sandboxes.uploadFile({ sandboxId: 's', file: join(folder, 'none') }, options);
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(DuvoError);
  expect(error).toMatchObject({ kind: 'dialect', reached: 'no' });
  await v1.close();
});
