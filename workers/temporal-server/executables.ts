import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command';

const EXECUTABLE_SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** `name` as this platform calls an executable. */
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

/** All executables of this name on the PATH, first one first. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, executableName(name))).filter(isExecutable);
}

/**
 * What `--version` prints, in one line.
 *
 * @throws Error when the executable does not run here
 */
export async function readVersion(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  const output = await runCommand(path, ['--version'], { env, timeoutMs: 15_000 });
  return output.split('\n')[0] ?? '';
}
