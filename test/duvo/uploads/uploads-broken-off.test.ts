import { once } from 'node:events';
import { appendFileSync, truncateSync, utimesSync } from 'node:fs';
import { createClient, errorOf } from '../../support/duvo/http-test-server';
import {
  LARGE_FILE_BYTES,
  client,
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

describe('a file that changes', () => {
  it.each<[string, (file: string) => void]>([
    ['grows', (file) => appendFileSync(file, 'more')],
    ['shrinks', (file) => truncateSync(file, 1024)],
    ['is written to', (file) => utimesSync(file, new Date(), new Date(0))],
  ])('%s during the upload never arrives as a whole', async (_name, change) => {
    const file = createSparseFile(64 * 1024 * 1024);
    store.onFirstBytes = () => change(file);
    const put = once(store.server, 'put');
    const error = await errorOf(uploadFile(file));
    expect(error).toMatchObject({
      kind: 'invalid-input',
      field: 'file',
      operation: 'sandboxes.uploadFile',
      reached: 'maybe',
    });
    expect(error.message).toContain('changed while it was sent');
    await put;
    expect(store.puts).toMatchObject([{ whole: false }]);
    expect(listOpenFiles()).toEqual([]);
  });
});

describe('an upload that is aborted', () => {
  it('closes its socket and its file', async () => {
    const aborter = new AbortController();
    store.onFirstBytes = () => aborter.abort();
    const put = once(store.server, 'put');
    const call = client.sandboxes.uploadFile(
      { sandboxId: 's', file: createSparseFile(64 * 1024 * 1024) },
      { ...uploadOptions, signal: aborter.signal },
    );
    expect(await errorOf(call)).toMatchObject({ kind: 'aborted', operation: 'sandboxes.uploadFile', reached: 'maybe' });
    await put;
    expect(store.puts).toMatchObject([{ whole: false }]);
    expect(listOpenFiles()).toEqual([]);
  });

  it('before its start sends nothing', async () => {
    const call = client.sandboxes.uploadFile(
      { sandboxId: 's', file: createFile('x') },
      { ...uploadOptions, signal: AbortSignal.abort() },
    );
    expect(await errorOf(call)).toMatchObject({ kind: 'aborted', reached: 'no' });
    expect(server.requests).toHaveLength(0);
    expect(listOpenFiles()).toEqual([]);
  });

  it('by a timeout of the store fails with a timeout error', async () => {
    store.respond = () => undefined;
    const own = createClient(server, { dialect: 'v2', teamId: 't', timeouts: { headersMs: 2_000 } });
    const call = own.sandboxes.uploadFile({ sandboxId: 's', file: createSparseFile(LARGE_FILE_BYTES) }, uploadOptions);
    expect(await errorOf(call)).toMatchObject({ kind: 'timeout', method: 'PUT', reached: 'maybe' });
    await own.close();
  });
});
