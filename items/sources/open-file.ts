import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { BatchSourceError } from '../errors/source-error';
import { withFileSlot } from './file-slots';
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
 * cannot block the process.
 *
 * @throws BatchSourceError
 */
export async function openAllowedFile(
  path: string,
  roots: readonly string[],
  signal?: AbortSignal,
): Promise<OpenedFile> {
  try {
    const handle = await openInside(path, roots, signal);
    // A read that hangs delays the close, which nobody must wait for.
    const close = () => void handle.close().catch(() => undefined);
    return { bytes: withSourceErrors(path, readAll(path, handle, signal), 'unreadable'), close };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw toUnreadableError(path, error, 'unreadable');
  }
}

async function openInside(path: string, roots: readonly string[], signal?: AbortSignal): Promise<FileHandle> {
  const notAllowed = (what: string) =>
    new BatchSourceError(
      path,
      `${what} none of the folders that the worker may read: add its folder to DUVO_SOURCE_ROOTS of the worker`,
      undefined,
      'unreadable',
    );
  const resolveLinks = (one: string) => withFileSlot(path, () => realpath(one), { signal });
  const given = resolve(path);
  const realRoots = await Promise.all(roots.map((root) => resolveLinks(root).catch(() => resolve(root))));
  // A path outside is refused before the file system is asked, so that nobody can find out which files exist.
  if (![...roots, ...realRoots].some((root) => isInside(root, given))) throw notAllowed('is in');
  const real = await resolveLinks(given);
  if (!realRoots.some((root) => isInside(root, real))) throw notAllowed('is a link to a file in');
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  // Without O_NONBLOCK, opening a named pipe would wait for its writer. Windows lacks both flags.
  const flags = O_RDONLY | (O_NONBLOCK ?? 0) | (O_NOFOLLOW ?? 0);
  const onLate = (late: FileHandle) => late.close();
  const handle = await withFileSlot(path, () => open(real, flags), { signal, onLate });
  const stats = await withFileSlot(path, () => handle.stat(), { signal }).catch((error: unknown) => {
    void handle.close();
    throw error;
  });
  if (stats.isFile()) return handle;
  void handle.close();
  throw new BatchSourceError(path, 'is not a regular file', undefined, 'unreadable');
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function* readAll(path: string, handle: FileHandle, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await withFileSlot(path, () => handle.read(chunk, 0, CHUNK_BYTES), { signal });
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
