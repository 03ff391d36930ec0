import { once } from 'node:events';
import { appendFileSync, truncateSync, utimesSync } from 'node:fs';
import { clientOf, errorOf } from '../../support/duvo/support';
import {
  BIG,
  client,
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

describe('a file that changes', () => {
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
