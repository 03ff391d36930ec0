import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { TsProcess } from '../../support/processes/ts-process';
import { clientOf, errorOf, json } from '../../support/duvo/support';
import { SECRET } from '../../support/duvo/upload-store';
import {
  BIG,
  events,
  fileOf,
  openFiles,
  options,
  send,
  server,
  setUp,
  sparse,
  store,
} from '../../support/duvo/uploading';

setUp();

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
    const child = TsProcess.start(join(__dirname, '../../support/duvo/upload-process.ts'), {
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
