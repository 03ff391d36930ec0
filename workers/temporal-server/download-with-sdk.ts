import { readdirSync, statSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isExecutable } from './executables';
import { runCommand } from './run-command';

/** A download without progress for this time is stopped. */
const MAX_STALL_MS = 20_000;
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;

/**
 * The SDK downloads in its native runtime, which offers neither a time limit nor cancellation, so the download runs in a
 * child process that can be killed. The script starts the server once, which also checks that the executable runs here.
 */
const DOWNLOAD_SCRIPT = `
const [testing, kind, downloadDir, version] = process.argv.slice(1);
const { TestWorkflowEnvironment } = require(testing);
TestWorkflowEnvironment[kind]({ server: { executable: { type: 'cached-download', downloadDir, version } } })
  .then((environment) => environment.teardown())
  .then(() => process.exit(0), (error) => {
    const reasons = [];
    for (let e = error; e; e = e.cause) reasons.push(e.message);
    // Removes the URL, which each layer of the error repeats.
    console.error(reasons.join(': ').replace(/\\s+/g, ' ').replace(/^.*url \\([^)]*\\): /, ''));
    process.exit(1);
  });
`;

export interface SdkDownloadOptions {
  /** The method of the SDK's test environment that starts this server. */
  factoryMethod: 'createLocal' | 'createTimeSkipping';
  version: string;
  /** Path to which the executable is moved. */
  path: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Makes the SDK download one of its servers into a folder.
 *
 * @throws Error with a one-line reason, at most 20 s after the download stopped making progress
 */
export async function downloadWithSdk(
  folder: string,
  { factoryMethod, version, path, env }: SdkDownloadOptions,
): Promise<void> {
  const downloadDir = join(folder, 'download');
  await mkdir(downloadDir);
  const testing = require.resolve('@temporalio/testing');
  let bytes = 0;
  let progressAt = Date.now();
  const stallReason = () => {
    const now = folderBytes(downloadDir);
    if (now !== bytes) {
      bytes = now;
      progressAt = Date.now();
    }
    return Date.now() - progressAt > MAX_STALL_MS ? `no data for ${MAX_STALL_MS / 1000} s` : undefined;
  };
  await runCommand(process.execPath, ['-e', DOWNLOAD_SCRIPT, testing, factoryMethod, downloadDir, version], {
    env,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    abortReason: stallReason,
  });
  const files = await readdir(downloadDir);
  const found = files.map((name) => join(downloadDir, name)).find(isExecutable);
  if (!found) throw new Error('the download contains no executable');
  await rename(found, path);
}

function folderBytes(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    return 0;
  }
}
