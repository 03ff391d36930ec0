import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, type FileHandle, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readItems } from '../../client';
import { hangingFolders, runWhenFree, withFileSlot } from '../../items/sources/file-slots';
import { rejectionOf } from '../support/rejection';
import { eventually } from '../support/stack';

const folder = mkdtempSync(join(tmpdir(), 'duvo-file-source-'));
const root = join(folder, 'allowed');
mkdirSync(join(root, 'below'), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

const file = (...parts: string[]): string => {
  const path = join(folder, ...parts);
  writeFileSync(path, '{"n":1}\n');
  return path;
};
const read = async (path: string, ...roots: string[]) => {
  const items: unknown[] = [];
  for await (const { item } of readItems(path, { format: 'ndjson', access: { roots, hosts: [] } })) items.push(item);
  return items;
};
const refusal = { kind: 'unreadable', message: expect.stringContaining('DUVO_SOURCE_ROOTS of the worker') as string };

test('files below an allowed folder are read, also through links', async () => {
  file('allowed', 'below', 'items');
  symlinkSync(join(root, 'below', 'items'), join(root, 'link'));
  symlinkSync(root, join(folder, 'root-link'));
  for (const path of [join(root, 'below', 'items'), join(root, 'link'), join(root, '..', 'allowed', 'below', 'items')])
    expect(await read(path, root)).toEqual([{ n: 1 }]);
  expect(await read(join(folder, 'root-link', 'link'), join(folder, 'root-link'))).toEqual([{ n: 1 }]);
});

test('a file outside is refused, whether it exists or not', async () => {
  const outside = file('outside');
  file('allowed-not');
  for (const path of [outside, join(folder, 'allowed-not'), join(root, '..', 'outside'), join(folder, 'nowhere')])
    await expect(read(path, root)).rejects.toMatchObject(refusal);
  await expect(read(outside)).rejects.toMatchObject(refusal);
});

test('links that lead out of the folder are refused', async () => {
  symlinkSync(file('secret'), join(root, 'file-link'));
  symlinkSync(folder, join(root, 'folder-link'));
  await expect(read(join(root, 'file-link'), root)).rejects.toMatchObject(refusal);
  await expect(read(join(root, 'folder-link', 'secret'), root)).rejects.toMatchObject(refusal);
});

test('a named pipe and a folder are refused at once', async () => {
  execFileSync('mkfifo', [join(root, 'pipe')]);
  for (const name of ['pipe', 'below'])
    await expect(read(join(root, name), root)).rejects.toMatchObject({
      kind: 'unreadable',
      message: expect.stringMatching(/is not a regular file$/) as string,
    });
});

/** Opens a pipe without a writer, which hangs in a thread as a file on a dead mount does, until `free` opens a writer. */
function hangIn(hangingFolder: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const pipe = join(folder, `hanging-${randomUUID()}`);
  execFileSync('mkfifo', [pipe]);
  let error: Promise<Error> | undefined;
  const closed = new Promise<void>((resolve) => {
    const onLate = (late: FileHandle) => late.close().then(resolve);
    error = rejectionOf(withFileSlot('items', () => open(pipe), { ...options, folder: hangingFolder, onLate }));
  });
  const free = async () => {
    const writer = openSync(pipe, 'r+');
    await closed;
    closeSync(writer);
  };
  return { free, error };
}
const hangs = (which: string) => ({
  kind: 'interrupted',
  message: expect.stringContaining(`the file system of ${which} does not answer`) as string,
});

test('a mount that hangs blocks the files of its own root only, and is named until it answers', async () => {
  const [dead, deadToo] = [join(root, 'dead'), join(root, 'dead-too')];
  const items = file('allowed', 'items');
  for (const one of [dead, deadToo]) mkdirSync(one);
  const mounts = [dead, deadToo].map((one) => hangIn(one, { timeoutMs: 100 }));
  const waiting = rejectionOf(read(file('allowed', 'dead', 'waiting'), dead));
  expect(await mounts[0]?.error).toMatchObject(hangs(dead));
  expect(await mounts[1]?.error).toMatchObject(hangs(deadToo));
  expect(await waiting).toMatchObject(hangs(dead));
  expect(await rejectionOf(read(join(dead, 'waiting'), dead))).toMatchObject(hangs(dead));
  expect(hangingFolders()).toEqual([dead, deadToo]);
  const roots = [dead, deadToo, root];
  expect(await Promise.all(Array.from({ length: 8 }, () => read(items, ...roots)))).toHaveLength(8);
  // The process still has a thread for everything else.
  expect(await readFile(items, 'utf8')).toBe('{"n":1}\n');
  await Promise.all(mounts.map(({ free }) => free()));
  await eventually(() => hangingFolders().length === 0);
  expect(await read(join(dead, 'waiting'), dead)).toEqual([{ n: 1 }]);
});

test('a cancellation ends an operation that hangs, and one that waits for it and never runs', async () => {
  const cancellation = new AbortController();
  const { signal } = cancellation;
  const mount = hangIn('mount', { signal });
  let hasRun = false;
  const waiting = withFileSlot('items', () => Promise.resolve(void (hasRun = true)), { folder: 'mount', signal });
  const next = withFileSlot('items', () => Promise.resolve('next'), { folder: 'mount' });
  cancellation.abort(new Error('cancelled'));
  expect(await mount.error).toMatchObject({ message: 'cancelled' });
  await expect(waiting).rejects.toThrow('cancelled');
  await mount.free();
  expect(await next).toBe('next');
  expect(hasRun).toBe(false);
});

test('a file that was opened after its reader had left is closed once its folder answers', async () => {
  const mount = hangIn('late', { timeoutMs: 100 });
  expect(await mount.error).toMatchObject(hangs('late'));
  const close = new Promise((resolve) => runWhenFree('late', () => Promise.resolve(resolve('closed'))));
  await mount.free();
  expect(await close).toBe('closed');
});
