import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './cache-dir';
import { executableName, isExecutable, findOnPath, readVersion } from './executables';
import { installFolder, withProgress } from './install-folder';
import { runCommand } from './run-command';
import { downloadWithSdk } from './download-with-sdk';
import { locateServer, type ServerExecutable, writeToStderr, type ServerLocator } from './server-locator';

/**
 * The version that is installed when there is none. Later ones cannot be installed with `go install`, since their go.mod
 * holds a `replace`.
 */
export const CLI_VERSION = 'v1.5.1';
const CLI_MODULE = `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`;

const INSTALL_HINT =
  'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH, or name it in ' +
  'TEMPORAL_CLI_PATH, or install Go 1.25 or newer, or give the address of a running server in TEMPORAL_ADDRESS.';

export interface FindServerOptions {
  /** @default process.env */
  env?: NodeJS.ProcessEnv;
  /** Called with a line before and while something takes long. @default writes to stderr */
  onProgress?: (line: string) => void;
}

export type { ServerExecutable } from './server-locator';

/** A Temporal that was given, or an executable to start one with. */
export type TemporalLocation =
  { kind: 'address'; address: string; source: string } | ({ kind: 'executable' } & ServerExecutable);

/**
 * Where Temporal is to be had: `TEMPORAL_ADDRESS` is used as it is; else the executable of {@link findDevServer}.
 *
 * @throws Error as {@link findDevServer} does
 */
export async function findTemporal(options: FindServerOptions = {}): Promise<TemporalLocation> {
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
export async function findDevServer(options: FindServerOptions = {}): Promise<ServerExecutable> {
  const { env = process.env, onProgress = writeToStderr } = options;
  const folder = join(cacheDir(env), `temporal-cli-${CLI_VERSION}`);
  const file = executableName('temporal');
  const cachedPath = join(folder, file);
  const describeInstalled = async (how: string): Promise<ServerExecutable> => ({
    path: cachedPath,
    source: `dev server of ${await readVersion(cachedPath, env)}, ${how} (${cachedPath})`,
  });
  const locators: ServerLocator[] = [
    {
      name: 'the PATH',
      find: async () => {
        for (const path of findOnPath('temporal', env)) {
          const version = await readVersion(path, env).catch(() => undefined);
          if (version !== undefined) return { path, source: `dev server of ${version}, on the PATH (${path})` };
        }
        return undefined;
      },
    },
    {
      name: 'the cache',
      find: async () => (isExecutable(cachedPath) ? describeInstalled('installed earlier') : undefined),
    },
    {
      name: 'download',
      announcement: `no Temporal server is installed: downloading Temporal CLI ${CLI_VERSION} as the SDK does`,
      find: async () => {
        await withProgress('download', onProgress, () =>
          installFolder(folder, (temporary) =>
            downloadWithSdk(temporary, {
              factoryMethod: 'createLocal',
              version: CLI_VERSION,
              path: join(temporary, file),
              env,
            }),
          ),
        );
        return describeInstalled('downloaded by the SDK');
      },
    },
    {
      name: `go install ${CLI_MODULE}`,
      announcement: 'building it with go install, about 2 minutes',
      find: async () => {
        await withProgress('go install', onProgress, () => installFolder(folder, (t) => installWithGo(t, file, env)));
        return describeInstalled('built with go install');
      },
    },
  ];
  const configuredPath = env.TEMPORAL_CLI_PATH;
  if (configuredPath) locators.unshift(locatorFromVariable('TEMPORAL_CLI_PATH', configuredPath, env));
  return locateServer('A Temporal dev server', locators, INSTALL_HINT, onProgress);
}

/** Somebody named an executable: it is used, or its error is shown; nothing else is tried. */
export function locatorFromVariable(
  variable: string,
  path: string,
  env: NodeJS.ProcessEnv,
  checkVersion = true,
): ServerLocator {
  return {
    name: variable,
    isExclusive: true,
    find: async () => {
      if (!isExecutable(path)) throw new Error(`${path} is not an executable file: correct or unset ${variable}`);
      const version = checkVersion ? `${await readVersion(path, env)}, ` : '';
      return { path, source: `${version}given by ${variable} (${path})` };
    },
  };
}

async function installWithGo(folder: string, file: string, env: NodeJS.ProcessEnv): Promise<void> {
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
