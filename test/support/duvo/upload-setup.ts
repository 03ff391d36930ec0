import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_DIRECT_UPLOAD_BYTES, type RequestEvent } from '../../../duvo';
import { client, server, setUpClient } from './client-setup';
import { replyJson } from './http-test-server';
import { UploadStore } from './upload-store';

export { client, server };
export let store: UploadStore;
export let folder: string;
export let events: RequestEvent[];

/** Starts a server, an upload store and a client, and creates a folder, for each test of the file. */
export function setUpUploads(): void {
  setUpClient({ dialect: 'v2', teamId: 't', onRequest: (event) => events.push(event) });
  beforeEach(async () => {
    store = await UploadStore.start();
    events = [];
    folder = mkdtempSync(join(tmpdir(), 'upload-'));
    server.handler = (request, response, raw) =>
      request.url.endsWith('/upload-urls')
        ? replyJson(200, { upload_url: store.url, path: '/workspace/put', expires_in_seconds: 60 })(
            request,
            response,
            raw,
          )
        : replyJson(201, { path: '/workspace/a', size_bytes: 5 })(request, response, raw);
  });

  afterEach(async () => {
    await store.stop();
    rmSync(folder, { recursive: true, force: true });
  });
}

export const uploadOptions = { idempotencyKey: 'wf/1:upload' };

export function createFile(content: string | Buffer, name = 'a.csv'): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** Creates a sparse file of the given size. It uses no disk space. */
export function createSparseFile(size: number, name = 'big.bin'): string {
  const file = createFile('', name);
  truncateSync(file, size);
  return file;
}

export const LARGE_FILE_BYTES = MAX_DIRECT_UPLOAD_BYTES + 1;
export const uploadFile = (file: string, path?: string) =>
  client.sandboxes.uploadFile({ sandboxId: 's', file, path }, uploadOptions);

/** Lists the files in the test's folder that this process has open. Always empty on a system without /proc. */
export function listOpenFiles(): string[] {
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
