import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, type FileHandle, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readItems } from '../../client';
import { withFileSlot } from '../../items/sources/file-slots';
import { rejectionOf } from '../support/rejection';

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

test('operations that hang are given up after the time limit, and block few threads of the process', async () => {
  const pipe = join(folder, 'hanging');
  execFileSync('mkfifo', [pipe]);
  const closed: Promise<void>[] = [];
  // Opening a pipe hangs until a writer opens it, as a file on a dead mount does.
  const hang = () =>
    withFileSlot('items', () => open(pipe), {
      timeoutMs: 100,
      onLate: (late: FileHandle) => closed.push(late.close()),
    });
  const errors = await Promise.all(Array.from({ length: 8 }, () => rejectionOf(hang())));
  for (const error of errors)
    expect(error).toMatchObject({
      kind: 'interrupted',
      message: expect.stringMatching(/the file system has not answered/) as string,
    });
  expect(await readFile(file('other'), 'utf8')).toBe('{"n":1}\n');
  const writer = openSync(pipe, 'r+');
  const freed = await withFileSlot('items', () => Promise.resolve('free'));
  closeSync(writer);
  expect(freed).toBe('free');
  await Promise.all(closed);
});

test('a cancellation ends the wait for an operation that hangs', async () => {
  const pipe = join(folder, 'cancelled');
  execFileSync('mkfifo', [pipe]);
  const cancellation = new AbortController();
  const hanging = withFileSlot('items', () => open(pipe), {
    signal: cancellation.signal,
    onLate: (late: FileHandle) => late.close(),
  });
  cancellation.abort(new Error('cancelled'));
  await expect(hanging).rejects.toThrow('cancelled');
  closeSync(openSync(pipe, 'r+'));
});
