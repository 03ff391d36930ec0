import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './cache-dir';
import { executableName, isExecutable, findOnPath, readVersion } from './executables';
import { installFolder, withProgress } from './install-folder';
import { runCommand } from './run-command';
import { downloadWithSdk } from './download-with-sdk';
import { locateServer, type ServerExecutable, writeToStderr, type ServerLocator } from './server-locator';

/**
 * The version to install. Later versions cannot be installed with `go install`, since their go.mod contains a
 * `replace`.
 */
export const CLI_VERSION = 'v1.5.1';
const CLI_MODULE = `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`;

const INSTALL_HINT =
  'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH, or name it in ' +
  'TEMPORAL_CLI_PATH, or install Go 1.25 or newer, or give the address of a running server in TEMPORAL_ADDRESS.';

export interface FindServerOptions {
  /** @default process.env */
  env?: NodeJS.ProcessEnv;
  /** Receives a line before a slow step and while it runs. @default writes to stderr */
  onProgress?: (line: string) => void;
}

export type { ServerExecutable } from './server-locator';

/** The address of a running Temporal server, or an executable that starts one. */
export type TemporalLocation =
  { kind: 'address'; address: string; source: string } | ({ kind: 'executable' } & ServerExecutable);

/**
 * Returns the address in `TEMPORAL_ADDRESS`, or else the executable of {@link findDevServer}.
 *
 * @throws the error of {@link findDevServer}
 */
export async function findTemporal(options: FindServerOptions = {}): Promise<TemporalLocation> {
  const address = (options.env ?? process.env).TEMPORAL_ADDRESS;
  if (address) return { kind: 'address', address, source: `the Temporal at ${address}, given by TEMPORAL_ADDRESS` };
  return { kind: 'executable', ...(await findDevServer(options)) };
}

/**
 * Finds or installs the `temporal` executable, whose command `server start-dev` is the dev server. The order is:
 * `TEMPORAL_CLI_PATH`, the PATH, the user's cache directory, the SDK's download into the cache, `go install` into the
 * cache.
 *
 * @throws Error that lists the result of each step and what can be installed
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

/** Locates the executable that a variable names. When that executable does not work, no other locator is used. */
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
  // Runs outside any Go module and without cross-compilation, since GOBIN and GOOS exclude each other.
  const { GOOS: _os, GOARCH: _arch, ...rest } = env;
  const bin = join(folder, 'bin');
  await runCommand('go', ['install', CLI_MODULE], {
    env: { ...rest, GOBIN: bin },
    cwd: folder,
    timeoutMs: 20 * 60_000,
  });
  await rename(join(bin, file), join(folder, file));
}
