import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { TsProcess } from '../../support/processes/ts-process';
import { createClient, errorOf, replyJson } from '../../support/duvo/http-test-server';
import { UPLOAD_URL_SECRET } from '../../support/duvo/upload-store';
import {
  LARGE_FILE_BYTES,
  events,
  createFile,
  listOpenFiles,
  uploadOptions,
  uploadFile,
  server,
  setUpUploads,
  createSparseFile,
  store,
} from '../../support/duvo/upload-setup';

setUpUploads();

describe('a file over 10 MB', () => {
  it('is sent to an upload URL unchanged and without the key', async () => {
    const content = Buffer.alloc(LARGE_FILE_BYTES, 'line\n');
    expect(await uploadFile(createFile(content), '/workspace/b.bin')).toEqual({
      path: '/workspace/put',
      sizeBytes: LARGE_FILE_BYTES,
    });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/v2/sandboxes/s/upload-urls' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ path: '/workspace/b.bin' });
    const [put] = store.puts;
    expect(put).toMatchObject({ url: `/bucket/key?${UPLOAD_URL_SECRET}`, bytes: LARGE_FILE_BYTES, whole: true });
    expect(put?.hash).toBe(createHash('sha256').update(content).digest('hex'));
    expect(put?.headers['content-length']).toBe(String(LARGE_FILE_BYTES));
    expect(put?.headers).not.toHaveProperty('authorization');
    expect(put?.headers).not.toHaveProperty('transfer-encoding');
    expect(put?.headers).not.toHaveProperty('idempotency-key');
    expect(events.map(({ operation, method, path, status }) => [operation, method, path, status])).toEqual([
      ['sandboxes.createUploadUrl', 'POST', '/v2/sandboxes/{sandbox_id}/upload-urls', 200],
      ['sandboxes.uploadFile', 'PUT', '<upload url>', 200],
    ]);
  });

  it('is put into /workspace under its name when no path is given', async () => {
    await uploadFile(createSparseFile(LARGE_FILE_BYTES, 'big one.bin'));
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ path: '/workspace/big one.bin' });
  });

  it.each([
    ['429', 429, 'rate-limited', 1],
    ['500', 500, 'server', 1],
    ['302', 302, 'refused', 1],
    ['403, twice', 403, 'forbidden', 2],
    ['401, twice', 401, 'unauthorized', 2],
  ] as const)('ends with an error that does not show the URL: %s', async (_name, status, kind, puts) => {
    store.respond = (response) => {
      response.writeHead(status, { 'x-request-id': 's3cr3t-of-the-upload-url' });
      response.end(`<Error><Url>${store.url}</Url></Error>`);
    };
    const error = await errorOf(uploadFile(createSparseFile(LARGE_FILE_BYTES)));
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
    expect(listOpenFiles()).toEqual([]);
  });

  it('requests one new URL, with another key, when the first URL has expired', async () => {
    store.respond = ((first) => (response: ServerResponse) => {
      response.writeHead(first ? 403 : 200).end();
      first = false;
    })(true);
    await uploadFile(createSparseFile(LARGE_FILE_BYTES));
    expect(store.puts).toHaveLength(2);
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toBe('wf/1:upload');
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('is not sent over plain http or to an invalid URL', async () => {
    server.handler = replyJson(200, { upload_url: 'ftp://h.example/x', path: '/p', expires_in_seconds: 1 });
    expect(await errorOf(uploadFile(createSparseFile(LARGE_FILE_BYTES)))).toMatchObject({
      kind: 'contract-violation',
      field: 'upload_url',
    });
    server.handler = replyJson(200, { upload_url: 'no url', path: '/p', expires_in_seconds: 1 });
    expect(await errorOf(uploadFile(createSparseFile(LARGE_FILE_BYTES)))).toMatchObject({
      kind: 'contract-violation',
      field: 'upload_url',
    });
  });

  it('fails when the store is not reachable', async () => {
    const { url } = store;
    await store.stop();
    server.handler = replyJson(200, { upload_url: url, path: '/p', expires_in_seconds: 1 });
    const error = await errorOf(uploadFile(createSparseFile(LARGE_FILE_BYTES)));
    expect(error).toMatchObject({ kind: 'connection', method: 'PUT', reached: 'no', code: 'ECONNREFUSED' });
    expect(JSON.stringify([error, error.message])).not.toContain('s3cr3t');
  });

  it('fails with the status of a store that refuses the first bytes', async () => {
    store.onFirstBytes = (_request, response) => void response.writeHead(507, { 'content-length': 0 }).end();
    store.respond = () => undefined;
    const error = await errorOf(uploadFile(createSparseFile(64 * 1024 * 1024)));
    expect(error).toMatchObject({ kind: 'server', status: 507, method: 'PUT' });
    expect(listOpenFiles()).toEqual([]);
  });

  it('may take longer than the header timeout while its bytes are accepted', async () => {
    store.onFirstBytes = (request) => {
      let taken = 0;
      request.on('data', (chunk: Buffer) => {
        taken += chunk.length;
        if (taken < 5 * 1024 * 1024) return;
        taken = 0;
        request.pause();
        setTimeout(() => request.resume(), 600);
      });
    };
    const own = createClient(server, { dialect: 'v2', teamId: 't', timeouts: { headersMs: 5_000 } });
    await own.sandboxes.uploadFile({ sandboxId: 's', file: createSparseFile(64 * 1024 * 1024) }, uploadOptions);
    expect(store.puts).toMatchObject([{ whole: true }]);
    await own.close();
  });

  it('is not held in memory: the memory of a process hardly grows for 200 MB', async () => {
    const file = createSparseFile(200 * 1024 * 1024);
    const child = TsProcess.start(join(__dirname, '../../support/duvo/upload-child.ts'), {
      ...process.env,
      NODE_OPTIONS: '--max-old-space-size=48',
      BASE_URL: server.url,
      FILE: file,
    });
    const { grownMiB } = await child.firstMessage<{ grownMiB: number }>();
    expect(await child.waitForExit()).toBe(0);
    expect(store.puts).toMatchObject([{ bytes: 200 * 1024 * 1024, whole: true }]);
    expect(grownMiB).toBeLessThan(100);
  });
});
