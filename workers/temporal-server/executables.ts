import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command';

const EXECUTABLE_SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** Returns the file name of an executable on this platform. */
export function executableName(name: string): string {
  return name + EXECUTABLE_SUFFIX;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Returns all executables of this name on the PATH, in the order of the PATH. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, executableName(name))).filter(isExecutable);
}

/**
 * Returns the first line that `--version` prints.
 *
 * @throws Error when the executable does not run here
 */
export async function readVersion(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  const output = await runCommand(path, ['--version'], { env, timeoutMs: 15_000 });
  return output.split('\n')[0] ?? '';
}
