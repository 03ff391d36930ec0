// Prepares a clone for use: installs the packages when they are missing or older than the lock file, then builds when a
// source is newer than the last build. It uses only Node's built-in modules, because no package may be installed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Returns whether every package of the lock file is installed in the locked version. */
function installed() {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || entry.devOptional || found[path]?.version === entry.version,
  );
}

function run(what, command, args) {
  console.error(`${what} …`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error(`${what}: failed (${[command, ...args].join(' ')})`);
    process.exit(status ?? 1);
  }
}

if (process.platform === 'win32') {
  console.error('The scripts of this repository need Linux or macOS. On Windows, run them in WSL.');
  process.exit(1);
}
if (!installed()) run('installing packages', 'npm', ['ci']);
const { isBuilt } = await import('./build.mjs');
if (!isBuilt()) run('building', process.execPath, [join(root, 'scripts', 'build.mjs')]);
