// Installs Chromium with apt-get when it is missing. The tests of the inbox's page need it.
import { spawnSync } from 'node:child_process';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const isInstalled = NAMES.some((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);

function run(...args) {
  const isRoot = process.getuid?.() === 0;
  const [command, ...rest] = isRoot ? args : ['sudo', '--non-interactive', ...args];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync(command, rest, { stdio: ['ignore', 2, 2], env });
  if (status === 0) return;
  console.error(`${args.join(' ')}: failed. Install Chromium, or put one on the PATH.`);
  process.exit(1);
}

if (!isInstalled) {
  console.error('installing Chromium …');
  run('apt-get', 'update');
  run('apt-get', 'install', '--yes', '--no-install-recommends', 'chromium');
}
