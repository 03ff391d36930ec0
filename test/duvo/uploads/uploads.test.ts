import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuvoError, MAX_DIRECT_UPLOAD_BYTES, MAX_UPLOAD_BYTES } from '../../../duvo';
import { createClient, errorOf, replyJson } from '../../support/duvo/http-test-server';
import {
  client,
  events,
  createFile,
  folder,
  listOpenFiles,
  uploadOptions,
  uploadFile,
  server,
  setUpUploads,
  createSparseFile,
} from '../../support/duvo/upload-setup';

setUpUploads();

describe('a file up to 10 MB', () => {
  it('is sent to Duvo as a form, with the path before the file', async () => {
    expect(await uploadFile(createFile('a,b\r\n'), '/workspace/x.csv')).toEqual({ path: '/workspace/a', sizeBytes: 5 });
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

  it('has the same bytes in each attempt with one key, and other bytes with another key', async () => {
    const file = createFile('same');
    await uploadFile(file);
    await uploadFile(file);
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
    await uploadFile(createSparseFile(size));
    expect(server.requests.map(({ url }) => url)).toEqual(['/v2/sandboxes/s/files']);
    expect(Number(server.requests[0]?.headers['content-length'])).toBe(server.requests[0]?.body.length);
    expect(server.requests[0]?.body.length).toBeGreaterThan(size);
    expect(listOpenFiles()).toEqual([]);
  });

  it('whose name has quotes and line breaks stays one field of the form', async () => {
    await uploadFile(createFile('x', 'a"\r\nX-Evil: 1.csv'));
    expect(server.requests[0]?.body).toContain('filename="a%22%0D%0AX-Evil: 1.csv"');
  });

  it('is sent again from its first byte after a 401 and a fresh key', async () => {
    const keyFile = createFile('dv_old', 'key');
    const own = createClient(server, { dialect: 'v2', teamId: 't', apiKeyFile: keyFile });
    server.handler = (request, response, raw) => {
      if (request.headers.authorization === 'Bearer dv_new') {
        return replyJson(201, { path: '/p', size_bytes: 4 })(request, response, raw);
      }
      writeFileSync(keyFile, 'dv_new');
      replyJson(401, {})(request, response, raw);
    };
    await own.sandboxes.uploadFile({ sandboxId: 's', file: createFile('body') }, uploadOptions);
    await own.close();
    const [first, second] = server.requests;
    expect(second?.body).toBe(first?.body);
  });

  it('is shown in no error, also when Duvo repeats it', async () => {
    const wire = { code: 'planted-content', error: 'planted-content', details: [{ field: 'planted-content' }] };
    server.handler = replyJson(422, { ...wire, request_id: 'req_1' });
    const error = await errorOf(uploadFile(createFile('planted-content')));
    expect(error).toMatchObject({ kind: 'invalid-request', requestId: 'req_1' });
    expect(JSON.stringify([error, error.stack, events])).not.toContain('planted');
    server.handler = replyJson(403, { code: 'insufficient_scope' });
    expect((await errorOf(uploadFile(createFile('x')))).code).toBe('insufficient_scope');
  });

  it.each([
    ['413', replyJson(413, { error: 'too_large' }), { kind: 'too-large', status: 413 }],
    ['500', replyJson(500, {}), { kind: 'server', reached: 'maybe' }],
    ['an answer without its path', replyJson(201, { size_bytes: 1 }), { kind: 'contract-violation', field: 'path' }],
    ['an answer without its size', replyJson(201, { path: '/p' }), { kind: 'contract-violation', field: 'size_bytes' }],
  ])('fails with the error of %s, and the file is closed', async (_name, handler, facts) => {
    server.handler = handler;
    expect(await errorOf(uploadFile(createFile('x')))).toMatchObject({ operation: 'sandboxes.uploadFile', ...facts });
    expect(listOpenFiles()).toEqual([]);
  });
});

describe('a file that cannot be sent', () => {
  it.each<[string, () => string, RegExp]>([
    ['is missing', () => join(folder, 'none'), /names .*none, which cannot be read: ENOENT/],
    ['is a directory', () => folder, /which is a directory/],
    ['is not a regular file', () => '/dev/null', /which is not a regular file/],
    ['has an empty path', () => '', /must be a non-empty string/],
  ])('%s, and nothing is sent', async (_name, path, words) => {
    const error = await errorOf(uploadFile(path()));
    expect(error).toMatchObject({
      kind: 'invalid-input',
      field: 'file',
      reached: 'no',
      operation: 'sandboxes.uploadFile',
    });
    expect(error.message).toMatch(words);
    expect(server.requests).toHaveLength(0);
  });

  it('has more than 5 GB, and nothing is sent', async () => {
    const error = await errorOf(uploadFile(createSparseFile(MAX_UPLOAD_BYTES + 1)));
    expect(error).toMatchObject({ kind: 'too-large', field: 'file', reached: 'no' });
    expect(error.message).toContain(`the limit is ${MAX_UPLOAD_BYTES}`);
    expect(server.requests).toHaveLength(0);
    expect(listOpenFiles()).toEqual([]);
  });

  it.each([
    ['path', { path: '' }, uploadOptions],
    ['sandboxId', { sandboxId: '' }, uploadOptions],
    ['idempotencyKey', {}, { idempotencyKey: '' }],
  ])('has a wrong %s, and nothing is sent', async (field, wrong, given) => {
    const call = client.sandboxes.uploadFile({ sandboxId: 's', file: createFile('x'), ...wrong }, given);
    expect(await errorOf(call)).toMatchObject({ kind: 'invalid-input', field });
    expect(server.requests).toHaveLength(0);
  });
});

it('dialect v1 has no uploads: nothing is sent, and the file is not opened', async () => {
  const v1 = createClient(server);
  const call = v1.sandboxes.uploadFile({ sandboxId: 's', file: join(folder, 'none') }, uploadOptions);
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(DuvoError);
  expect(error).toMatchObject({ kind: 'not-in-dialect', reached: 'no' });
  await v1.close();
});
