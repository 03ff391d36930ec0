// Installs Chromium when it is missing, because the tests of the inbox's page need it: with apt-get where that needs no
// password, otherwise as Playwright's own download.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const run = (command, ...args) => spawnSync(command, args, { stdio: ['ignore', 2, 2], env, cwd: root }).status === 0;

function install() {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  const canUseApt = succeeds('apt-get', '--version') && (asRoot.length === 0 || succeeds(...asRoot, 'true'));
  if (!canUseApt) return run(process.execPath, 'node_modules/playwright-core/cli.js', 'install', 'chromium');
  const apt = (...args) => run(...asRoot, 'apt-get', ...args);
  return apt('update') && apt('install', '--yes', '--no-install-recommends', 'chromium');
}

if (!NAMES.some((name) => succeeds(name, '--version')) && !existsSync(chromium.executablePath())) {
  console.error('installing Chromium …');
  if (!install()) {
    console.error('Chromium cannot be installed: install it, or put a chromium on the PATH.');
    process.exit(1);
  }
}
