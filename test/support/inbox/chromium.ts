import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Starts the Chromium on the PATH, or the one that Playwright downloaded (scripts/ensure-chromium.mjs). */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    // The sandbox of Chromium refuses root, and a container has a small /dev/shm.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
