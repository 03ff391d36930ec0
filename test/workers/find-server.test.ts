import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir, findDevServer, findTemporal, findTimeSkippingServer } from '../../workers';

let root: string;
let bin: string;
let progress: string[];
const onProgress = (line: string) => progress.push(line);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'find-server-'));
  bin = join(root, 'bin');
  mkdirSync(bin);
  progress = [];
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Environment variables with which no installed server is found and no download succeeds. */
function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const proxy = 'http://127.0.0.1:9';
  return {
    PATH: bin,
    HOME: root,
    XDG_CACHE_HOME: join(root, 'cache'),
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    ...more,
  };
}

function executable(path: string, script: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const printVersion = (version: string) => `echo "temporal version ${version}"`;
const cachedCli = () => join(root, 'cache/duvo-temporal/temporal-cli-v1.5.1/temporal');

/** A shell script that stands for `go`: `go install` writes a fake `temporal` executable into GOBIN. */
const fakeGo = `
test "$1" = install || exit 2
/bin/mkdir -p "$GOBIN"
printf '#!/bin/sh\\necho "temporal version built from %s"\\n' "$2" > "$GOBIN/temporal"
/bin/chmod +x "$GOBIN/temporal"`;

test('TEMPORAL_ADDRESS is used without a search for an executable', async () => {
  executable(join(bin, 'temporal'), printVersion('1'));
  const found = await findTemporal({ env: environment({ TEMPORAL_ADDRESS: 'temporal.example:7233' }), onProgress });
  expect(found).toMatchObject({ kind: 'address', address: 'temporal.example:7233' });
  expect(found.source).toContain('TEMPORAL_ADDRESS');
});

test('TEMPORAL_CLI_PATH is used before an executable on the PATH', async () => {
  executable(join(bin, 'temporal'), printVersion('of the PATH'));
  const given = executable(join(root, 'my-temporal'), printVersion('given'));
  const found = await findTemporal({ env: environment({ TEMPORAL_CLI_PATH: given }), onProgress });
  expect(found).toMatchObject({ kind: 'executable', path: given });
  expect(found.source).toContain('TEMPORAL_CLI_PATH');
});

test('a TEMPORAL_CLI_PATH that cannot be run is an error, and no other executable is used', async () => {
  executable(join(bin, 'temporal'), printVersion('of the PATH'));
  const env = environment({ TEMPORAL_CLI_PATH: join(root, 'nowhere') });
  await expect(findDevServer({ env, onProgress })).rejects.toThrow(/TEMPORAL_CLI_PATH/);
});

test('an executable on the PATH is used before one in the cache', async () => {
  const path = executable(join(bin, 'temporal'), printVersion('of the PATH'));
  executable(cachedCli(), printVersion('of the cache'));
  expect(await findDevServer({ env: environment(), onProgress })).toMatchObject({ path });
  expect(progress).toEqual([]);
});

test('an executable on the PATH that cannot be run is skipped', async () => {
  executable(join(bin, 'temporal'), 'exit 1');
  const cached = executable(cachedCli(), printVersion('of the cache'));
  const found = await findDevServer({ env: environment(), onProgress });
  expect(found.path).toBe(cached);
  expect(found.source).toContain('of the cache');
});

test('without an executable, a download and then go install are attempted, each with one line of progress', async () => {
  executable(join(bin, 'go'), fakeGo);
  const found = await findDevServer({ env: environment(), onProgress });
  expect(found.path).toBe(cachedCli());
  expect(found.source).toContain('built from github.com/temporalio/cli/cmd/temporal@v1.5.1');
  expect(progress).toHaveLength(2);
  expect(progress[0]).toMatch(/no Temporal server is installed: downloading/);
  expect(progress[1]).toMatch(/^download failed: .*; building it with go install, about 2 minutes$/);

  progress = [];
  expect((await findDevServer({ env: environment(), onProgress })).source).toContain('installed earlier');
  expect(progress).toEqual([]);
});

test('two installations at the same time yield the same executable and leave no temporary files', async () => {
  executable(join(bin, 'go'), fakeGo);
  const both = await Promise.all([1, 2].map(() => findDevServer({ env: environment(), onProgress })));
  expect(both.map(({ path }) => path)).toEqual([cachedCli(), cachedCli()]);
  expect(readdirSync(cacheDir(environment()))).toEqual(['temporal-cli-v1.5.1']);
});

test('when every attempt fails, the error names each attempt and what to install', async () => {
  executable(join(bin, 'go'), 'echo "go: error: no network" >&2; exit 1');
  const error = await findDevServer({ env: environment(), onProgress }).catch((caught: Error) => caught);
  const message = (error as Error).message;
  for (const part of ['the PATH', 'the cache', 'download: ', 'go install', 'no network', 'TEMPORAL_CLI_PATH']) {
    expect(message).toContain(part);
  }
});

test('the time-skipping server is searched in its variable, then on the PATH, then in the cache', async () => {
  const given = executable(join(root, 'given'), 'true');
  const onThePath = executable(join(bin, 'temporal-test-server'), 'true');
  const env = environment({ TEMPORAL_TEST_SERVER_PATH: given });
  expect((await findTimeSkippingServer({ env, onProgress })).path).toBe(given);
  expect((await findTimeSkippingServer({ env: environment(), onProgress })).path).toBe(onThePath);
  rmSync(onThePath);
  const cached = executable(
    join(cacheDir(environment()), 'temporal-test-server-1.32.0', 'temporal-test-server'),
    'true',
  );
  expect((await findTimeSkippingServer({ env: environment(), onProgress })).path).toBe(cached);
});

test('the time-skipping server is installed with Maven, and a wrapper script passes its arguments on', async () => {
  executable(
    join(bin, 'java'),
    'if [ "$1" = -version ]; then echo "openjdk version \\"17.0.1\\"" >&2; else echo "$@"; fi',
  );
  const copy = 'for argument; do case "$argument" in -DoutputDirectory=*) folder="${argument#*=}";; esac; done';
  executable(join(bin, 'mvn'), `${copy}\n: > "$folder/temporal-test-server-1.32.0.jar"`);
  const { path, source } = await findTimeSkippingServer({ env: environment(), onProgress });
  expect(path).toBe(join(cacheDir(environment()), 'temporal-test-server-1.32.0', 'run-test-server'));
  expect(source).toContain('Maven');
  const PATH = `${bin}:/usr/bin:/bin`;
  expect(execFileSync(path, ['7000', '--enable-time-skipping'], { env: { PATH }, encoding: 'utf8' }).trim()).toBe(
    `-cp ${join(path, '../lib')}/* io.temporal.testserver.TestServer 7000 --enable-time-skipping`,
  );
  expect(progress.at(-1)).toContain('Maven Central');
});

test('the error names a Java that is too old as the reason', async () => {
  executable(join(bin, 'java'), 'echo "java version \\"1.8.0_202\\"" >&2');
  executable(join(bin, 'mvn'), 'exit 1');
  await expect(findTimeSkippingServer({ env: environment(), onProgress })).rejects.toThrow(/Java 8 is too old/);
});

test('the cache directory follows the convention of each platform', () => {
  const env = { HOME: '/home/u', LOCALAPPDATA: '/local' };
  expect(cacheDir({ ...env, XDG_CACHE_HOME: '/xdg' }, 'linux')).toBe('/xdg/duvo-temporal');
  expect(cacheDir(env, 'linux')).toBe('/home/u/.cache/duvo-temporal');
  expect(cacheDir(env, 'darwin')).toBe('/home/u/Library/Caches/duvo-temporal');
  expect(cacheDir(env, 'win32')).toBe('/local/duvo-temporal');
});
