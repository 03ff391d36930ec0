import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_PAGE_BYTES } from '../../../contract/batches/batch-contract';
import { runCommand } from '../command-line';
import { type Stack, startStack } from '../stack';
import { SourceServer } from './source-server';

/** The stack of the current test file. */
export let stack: Stack;
/** A server whose URLs can be the source of a batch. */
export let server: SourceServer;
/** The folder for the files of the current test file. */
export const folder = mkdtempSync(join(tmpdir(), 'duvo-batch-start-'));

/** Starts a stack and a server of sources for the tests of the file, and removes the folder after them. */
export function setUpBatchStart(): void {
  beforeAll(async () => {
    [stack, server] = await Promise.all([startStack(), SourceServer.start()]);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await Promise.all([stack.stop(), server.close()]);
  });
}

/** The number of items that fill a page. A page also ends at 500 items, whose workflows would take half a minute. */
export const PAGE_ITEMS = 15;
const LONG_TEXT = 'x'.repeat(MAX_PAGE_BYTES / (PAGE_ITEMS + 1));

/** Lines with a full page of items and the first item of the next page, so that a command has created the batch. */
export const pageAndOneItem = Array.from(
  { length: PAGE_ITEMS + 1 },
  (_one, n) => `${JSON.stringify({ n, text: LONG_TEXT })}\n`,
).join('');

/** Writes a file into the folder and returns its path. */
export function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Returns the flags that lead a command to the stack. */
export const flags = () => [
  ...['--address', stack.address],
  ...['--task-queue', stack.taskQueue, '--api-task-queue', stack.apiTaskQueue],
];

/** Runs `batch start` with a source. */
export const run = (source: string, ...args: string[]) => runCommand('batch', 'start', source, ...args, ...flags());
