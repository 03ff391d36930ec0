import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuvoClient, MAX_DIRECT_UPLOAD_BYTES, type RequestEvent } from '../../../duvo';
import { clientOf, json, TestServer } from './support';
import { Store } from './upload-store';

export let server: TestServer;
export let store: Store;
export let client: DuvoClient;
export let folder: string;
export let events: RequestEvent[];

/** A server, a store, a client and a folder for each test of the file. */
export function setUp(): void {
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
}

export const options = { idempotencyKey: 'wf/1:upload' };

export function fileOf(content: string | Buffer, name = 'a.csv'): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** A file of a size, which takes no room on the disk. */
export function sparse(size: number, name = 'big.bin'): string {
  const file = fileOf('', name);
  truncateSync(file, size);
  return file;
}

export const BIG = MAX_DIRECT_UPLOAD_BYTES + 1;
export const send = (file: string, path?: string) =>
  client.sandboxes.uploadFile({ sandboxId: 's', file, path }, options);

/** The files of the folder that this process holds open, where the system tells. */
export function openFiles(): string[] {
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
