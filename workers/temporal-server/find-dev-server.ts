import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './cache-dir';
import { executableName, isExecutable, onPath, versionOf } from './executables';
import { installFolder, withProgress } from './install';
import { runCommand } from './run-command';
import { sdkDownload } from './sdk-download';
import { firstThatWorks, type Found, toStderr, type Way } from './ways';

/**
 * The version that is installed when there is none. Later ones cannot be installed with `go install`, since their go.mod
 * holds a `replace`.
 */
export const CLI_VERSION = 'v1.5.1';
const CLI_MODULE = `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`;

const MEND =
  'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH, or name it in ' +
  'TEMPORAL_CLI_PATH, or install Go 1.25 or newer, or give the address of a running server in TEMPORAL_ADDRESS.';

export interface FindServerOptions {
  /** @default process.env */
  env?: NodeJS.ProcessEnv;
  /** Called with a line before and while something takes long. @default writes to stderr */
  onProgress?: (line: string) => void;
}

export type { Found } from './ways';

/** A Temporal that was given, or an executable to start one with. */
export type FoundTemporal = { kind: 'address'; address: string; source: string } | ({ kind: 'executable' } & Found);

/**
 * Where Temporal is to be had: `TEMPORAL_ADDRESS` is used as it is; else the executable of {@link findDevServer}.
 *
 * @throws Error as {@link findDevServer} does
 */
export async function findTemporal(options: FindServerOptions = {}): Promise<FoundTemporal> {
  const address = (options.env ?? process.env).TEMPORAL_ADDRESS;
  if (address) return { kind: 'address', address, source: `the Temporal at ${address}, given by TEMPORAL_ADDRESS` };
  return { kind: 'executable', ...(await findDevServer(options)) };
}

/**
 * The `temporal` executable, whose `server start-dev` is the dev server. In this order: `TEMPORAL_CLI_PATH`, the PATH,
 * the user's cache directory, the SDK's own download into it, `go install` into it.
 *
 * @throws Error that names each way that was tried and what can be installed
 */
export async function findDevServer(options: FindServerOptions = {}): Promise<Found> {
  const { env = process.env, onProgress = toStderr } = options;
  const folder = join(cacheDir(env), `temporal-cli-${CLI_VERSION}`);
  const file = executableName('temporal');
  const cached = join(folder, file);
  const installed = async (how: string): Promise<Found> => ({
    path: cached,
    source: `dev server of ${await versionOf(cached, env)}, ${how} (${cached})`,
  });
  const ways: Way[] = [
    {
      name: 'the PATH',
      find: async () => {
        for (const path of onPath('temporal', env)) {
          const version = await versionOf(path, env).catch(() => undefined);
          if (version !== undefined) return { path, source: `dev server of ${version}, on the PATH (${path})` };
        }
        return undefined;
      },
    },
    {
      name: 'the cache',
      find: async () => (isExecutable(cached) ? installed('installed earlier') : undefined),
    },
    {
      name: 'download',
      announce: `no Temporal server is installed: downloading Temporal CLI ${CLI_VERSION} as the SDK does`,
      find: async () => {
        await withProgress('download', onProgress, () =>
          installFolder(folder, (temporary) =>
            sdkDownload(temporary, {
              kind: 'createLocal',
              version: CLI_VERSION,
              path: join(temporary, file),
              env,
            }),
          ),
        );
        return installed('downloaded by the SDK');
      },
    },
    {
      name: `go install ${CLI_MODULE}`,
      announce: 'building it with go install, about 2 minutes',
      find: async () => {
        await withProgress('go install', onProgress, () => installFolder(folder, (t) => goInstall(t, file, env)));
        return installed('built with go install');
      },
    },
  ];
  const given = env.TEMPORAL_CLI_PATH;
  if (given) ways.unshift(givenExecutable('TEMPORAL_CLI_PATH', given, env));
  return firstThatWorks('A Temporal dev server', ways, MEND, onProgress);
}

/** Somebody named an executable: it is used, or its error is shown; nothing else is tried. */
export function givenExecutable(variable: string, path: string, env: NodeJS.ProcessEnv, check = true): Way {
  return {
    name: variable,
    only: true,
    find: async () => {
      if (!isExecutable(path)) throw new Error(`${path} is not an executable file: correct or unset ${variable}`);
      const version = check ? `${await versionOf(path, env)}, ` : '';
      return { path, source: `${version}given by ${variable} (${path})` };
    },
  };
}

async function goInstall(folder: string, file: string, env: NodeJS.ProcessEnv): Promise<void> {
  // Out of any module, with nothing cross-compiled: GOBIN and GOOS exclude each other.
  const { GOOS: _os, GOARCH: _arch, ...rest } = env;
  const bin = join(folder, 'bin');
  await runCommand('go', ['install', CLI_MODULE], {
    env: { ...rest, GOBIN: bin },
    cwd: folder,
    timeoutMs: 20 * 60_000,
  });
  await rename(join(bin, file), join(folder, file));
}
