import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Creates a folder of the cache completely or not at all: `fill` writes into a temporary folder, which is then renamed.
 * When two processes install the same folder, the first one wins and the other one uses its result.
 *
 * @param folder the folder to create
 */
export async function installFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    await fill(temporary);
    await rename(temporary, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Reports every 20 s that slow work still runs. */
export async function withProgress<T>(
  what: string,
  onProgress: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const started = Date.now();
  const timer = setInterval(
    () => onProgress(`${what}: still running after ${Math.round((Date.now() - started) / 1000)} s`),
    20_000,
  );
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
