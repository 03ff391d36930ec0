import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BatchSourceError } from '../errors/source-error';
import { AllowedRoots } from './allowed-roots';
import { type FileOperationOptions, runWhenFree, withFileSlot } from './file-slots';
import { toUnreadableError, withSourceErrors } from './unreadable-error';

const CHUNK_BYTES = 64 * 1024;

export interface OpenedFile {
  bytes: AsyncIterable<Uint8Array>;
  /** Closes the file, also when it was not read to its end. */
  close(): void;
}

/** Opens any file that this process may read. */
export function openAnyFile(path: string): OpenedFile {
  const stream = createReadStream(path);
  return { bytes: withSourceErrors(path, stream, 'unreadable'), close: () => stream.destroy() };
}

/**
 * Opens a regular file below one of the folders. Links are followed before the check. A pipe, a device or a hanging mount
 * cannot block the process, nor the files of other roots.
 *
 * @throws BatchSourceError
 */
export async function openAllowedFile(
  path: string,
  roots: readonly string[],
  signal?: AbortSignal,
): Promise<OpenedFile> {
  try {
    const { handle, folder } = await openInside(path, roots, signal);
    const bytes = readAll(path, handle, { folder, signal });
    return { bytes: withSourceErrors(path, bytes, 'unreadable'), close: () => closeLater(folder, handle) };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw toUnreadableError(path, error, 'unreadable');
  }
}

/** Opens a file, and returns with it the root that the path is in. */
async function openInside(
  path: string,
  roots: readonly string[],
  signal?: AbortSignal,
): Promise<{ handle: FileHandle; folder: string }> {
  const notAllowed = (what: string) =>
    new BatchSourceError(
      path,
      `${what} none of the folders that the worker may read: add its folder to DUVO_SOURCE_ROOTS of the worker`,
      undefined,
      'unreadable',
    );
  const given = resolve(path);
  const allowed = new AllowedRoots(path, roots, signal);
  const folder = await allowed.find(given);
  // A path outside is refused before the file system is asked, so that nobody can find out which files exist.
  if (folder === undefined) throw notAllowed('is in');
  const slot = { folder, signal };
  const real = await withFileSlot(path, () => realpath(given), slot);
  if (!(await allowed.hasReal(real, folder))) throw notAllowed('is a link to a file in');
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  // Without O_NONBLOCK, opening a named pipe would wait for its writer. Windows lacks both flags.
  const flags = O_RDONLY | (O_NONBLOCK ?? 0) | (O_NOFOLLOW ?? 0);
  const onLate = (late: FileHandle) => closeLater(folder, late);
  const handle = await withFileSlot(path, () => open(real, flags), { ...slot, onLate });
  const stats = await withFileSlot(path, () => handle.stat(), slot).catch((error: unknown) => {
    closeLater(folder, handle);
    throw error;
  });
  if (stats.isFile()) return { handle, folder };
  closeLater(folder, handle);
  throw new BatchSourceError(path, 'is not a regular file', undefined, 'unreadable');
}

/** Closes a file without waiting for the end: a read that hangs delays the close, and a close may hang itself. */
function closeLater(folder: string, handle: FileHandle): void {
  runWhenFree(folder, () => handle.close());
}

async function* readAll(path: string, handle: FileHandle, slot: FileOperationOptions<unknown>) {
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await withFileSlot(path, () => handle.read(chunk, 0, CHUNK_BYTES), { ...slot });
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
  }
}

/** Whether a path is a file that can be read again from its beginning. A pipe, such as `/dev/stdin`, is read once. */
export async function isRegularFile(path: string): Promise<boolean> {
  // A failure of `stat` is ignored, because opening the file later fails for the same reason and reports it.
  return stat(path).then(
    (stats) => stats.isFile(),
    () => true,
  );
}
