import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './cache-dir';
import { executableName, isExecutable, findOnPath } from './executables';
import { type FindServerOptions, locatorFromVariable } from './find-dev-server';
import { installFolder, withProgress } from './install-folder';
import { runCommand } from './run-command';
import { downloadWithSdk } from './download-with-sdk';
import { locateServer, type ServerExecutable, writeToStderr, type ServerLocator } from './server-locator';

/** Version of Temporal's test server, which is released with the Java SDK. */
export const TEST_SERVER_VERSION = '1.32.0';
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const MAIN_CLASS = 'io.temporal.testserver.TestServer';

const INSTALL_HINT =
  'Install Java 11 or newer and Maven, so that it can be fetched from Maven Central, or name the executable of ' +
  "Temporal's test server in TEMPORAL_TEST_SERVER_PATH.";

/**
 * Finds or installs the time-skipping test server, for
 * `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`. The order
 * is: `TEMPORAL_TEST_SERVER_PATH`, `temporal-test-server` on the PATH, the user's cache directory, the SDK's download into
 * the cache, Maven into the cache.
 *
 * @throws Error that lists the result of each step and what can be installed
 */
export async function findTimeSkippingServer(options: FindServerOptions = {}): Promise<ServerExecutable> {
  const { env = process.env, onProgress = writeToStderr } = options;
  const folder = join(cacheDir(env), `temporal-test-server-${TEST_SERVER_VERSION}`);
  const binary = join(folder, executableName('temporal-test-server'));
  const wrapper = join(folder, 'run-test-server');
  const toExecutable = (path: string, how: string): ServerExecutable => ({
    path,
    source: `time-skipping test server ${TEST_SERVER_VERSION}, ${how} (${path})`,
  });
  const locators: ServerLocator[] = [
    {
      name: 'the PATH',
      find: () => {
        const [path] = findOnPath('temporal-test-server', env);
        const given = path ? { path, source: `time-skipping test server on the PATH (${path})` } : undefined;
        return Promise.resolve(given);
      },
    },
    {
      name: 'the cache',
      find: async () => {
        if (isExecutable(binary)) return toExecutable(binary, 'downloaded earlier by the SDK');
        if (!isExecutable(wrapper)) return undefined;
        await requireJava(env);
        return toExecutable(wrapper, 'installed earlier with Maven');
      },
    },
    {
      name: 'download',
      announcement: `no time-skipping server is installed: downloading Temporal's test server ${TEST_SERVER_VERSION} as the SDK does`,
      find: async () => {
        await withProgress('download', onProgress, () =>
          installFolder(folder, (temporary) =>
            downloadWithSdk(temporary, {
              factoryMethod: 'createTimeSkipping',
              version: `v${TEST_SERVER_VERSION}`,
              path: join(temporary, executableName('temporal-test-server')),
              env,
            }),
          ),
        );
        return toExecutable(isExecutable(binary) ? binary : wrapper, 'downloaded by the SDK');
      },
    },
    {
      name: 'Maven',
      announcement: 'fetching it from Maven Central, 33 MB',
      find: async () => {
        await requireJava(env);
        await withProgress('Maven', onProgress, () =>
          installFolder(folder, (temporary) => installWithMaven(temporary, env)),
        );
        return toExecutable(isExecutable(wrapper) ? wrapper : binary, 'installed with Maven');
      },
    },
  ];
  const given = env.TEMPORAL_TEST_SERVER_PATH;
  if (given) locators.unshift(locatorFromVariable('TEMPORAL_TEST_SERVER_PATH', given, env, false));
  return locateServer('A time-skipping Temporal server', locators, INSTALL_HINT, onProgress);
}

/** @throws Error when Java is not installed or too old */
async function requireJava(env: NodeJS.ProcessEnv): Promise<void> {
  const java = env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', executableName('java')) : 'java';
  const output = await runCommand(java, ['-version'], { env, timeoutMs: 30_000 });
  const major = Number(/version "(?:1\.)?(\d+)/.exec(output)?.[1]);
  if (major < 11) throw new Error(`Java ${major} is too old, 11 or newer is needed`);
}

async function installWithMaven(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const lib = join(folder, 'lib');
  const pom = join(folder, 'pom.xml');
  await mkdir(lib);
  await writeFile(pom, POM_XML);
  await runCommand(
    'mvn',
    ['-B', '-q', '-f', pom, COPY_DEPENDENCIES, `-DoutputDirectory=${lib}`, '-DincludeScope=runtime'],
    { env, cwd: folder, timeoutMs: 10 * 60_000 },
  );
  const jars = await readdir(lib);
  if (!jars.some((jar) => jar.startsWith('temporal-test-server'))) throw new Error('Maven downloaded no test server');
  await rm(pom);
  await writeWrapper(folder);
}

/** Writes a script, since the SDK needs one executable. Java replaces the shell (`exec`) and so receives the SDK's signals. */
async function writeWrapper(folder: string): Promise<void> {
  const file = join(folder, 'run-test-server');
  const java = '"${JAVA_HOME:+$JAVA_HOME/bin/}java"';
  await writeFile(
    file,
    `#!/bin/sh\nfolder=$(cd "$(dirname "$0")" && pwd)\nexec ${java} -cp "$folder/lib/*" ${MAIN_CLASS} "$@"\n`,
  );
  await chmod(file, 0o755);
}

const POM_XML = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>temporal-test-server-runner</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${TEST_SERVER_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;
