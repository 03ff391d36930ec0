import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/command-line';

const folder = mkdtempSync(join(tmpdir(), 'duvo-flags-'));
const items = join(folder, 'items.ndjson');
beforeAll(() => writeFileSync(items, '{"n":1}\n'));
afterAll(() => rmSync(folder, { recursive: true }));

const start = ['run', 'start', '--agent', 'a'];
const batch = ['batch', 'start', items, '--agent', 'a'];

// No server listens on this port, so a command that connects to Temporal exits with 1.
const NOWHERE = ['--address', '127.0.0.1:9'];

test.each([
  ['the time to wait for a run', [...start, '--wait', '--timeout', 'x'], /--timeout: 'x' is not a duration/],
  ['the time to wait for an attached run', ['run', 'attach', 'r', '--wait', '--timeout', 'x'], /--timeout: 'x'/],
  ['the time to wait for a cancellation', ['run', 'cancel', 'r', '--timeout', 'x'], /--timeout: 'x'/],
  ['the time to wait for a batch', [...batch, '--timeout', 'x'], /--timeout: 'x'/],
  ['the time to wait for the cancellation of a batch', ['batch', 'cancel', 'b', '--timeout', 'x'], /--timeout: 'x'/],
  ['the time to wait for a redriven batch', ['batch', 'redrive', 'b', '--timeout', 'x'], /--timeout: 'x'/],
  ['--timeout without --wait', [...start, '--timeout', '3s'], /--timeout: goes with --wait/],
  ['--timeout with --detach', [...batch, '--timeout', '3s', '--detach'], /--timeout: does not go with --detach/],
  ['--out with --detach', [...batch, '--out', 'x.csv', '--detach'], /--out: does not go with --detach/],
  ['a blank agent', ['run', 'start', '--agent', ''], /--agent is blank/],
  ['a blank agent of a batch', ['batch', 'start', items, '--agent', ' '], /--agent is blank/],
  ['a deadline', [...start, '--deadline', 'soon'], /--deadline: 'soon'/],
  ['a priority', [...start, '--priority', '9'], /--priority must be a whole number from 1 to 5/],
  ['a priority of a batch', [...batch, '--priority', '0'], /--priority must be/],
  ['a weight', [...start, '--fairness-weight', 'much'], /--fairness-weight must be a number from 0.001 to 1000/],
  ['a concurrency', [...batch, '--concurrency', '501'], /--concurrency must be a whole number from 1 to 500/],
  ['a new concurrency', ['batch', 'concurrency', 'b', '0'], /concurrency must be a whole number from 1 to 500/],
  ['attempts', [...batch, '--attempts', '1.5'], /--attempts must be a whole number/],
  ['a share', [...batch, '--stop-at-failure-share', '20'], /--stop-at-failure-share must be a number above 0, up to 1/],
  ['a share of 0', [...batch, '--stop-at-failure-share', '0'], /--stop-at-failure-share must be/],
  ['a limit', ['batch', 'list', '--limit', '-1'], /--limit must be a whole number from 1/],
  [
    '--open and --status of runs',
    ['run', 'list', '--open', '--status', 'failed'],
    /'--open' cannot be used with .*--status/,
  ],
  ['--open and --status of processes', ['process', 'list', '--open', '--status', 'failed'], /'--open' cannot be used/],
  ['--open and --status of batches', ['batch', 'list', '--open', '--status', 'failed'], /'--open' cannot be used/],
  ['two delimiters', [...batch, '--delimiter', ';;'], /--delimiter: must be one character/],
  ['a missing folder', [...batch, '--out', join(folder, 'no', 'x.csv')], /--out: .*x\.csv.*the folder does not exist/],
  ['a folder in place of a file', ['batch', 'results', 'b', '--out', folder], /--out: .*cannot be written: EISDIR/],
])('%s that is invalid is refused in one line before any request', async (_what, args, message) => {
  const { code, out, notes } = await runCommand(...args, ...NOWHERE);
  expect(notes).toMatch(message);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(notes.split('\n').length).toBeLessThan(3);
});

test('an unknown flag gives one line that mentions --help', async () => {
  const { code, notes } = await runCommand('run', 'list', '--no-such-flag');
  expect(code).toBe(2);
  expect(notes.split('\n')).toEqual([expect.stringContaining('--no-such-flag'), 'see --help']);
});

test('a results file keeps its content until new results exist', async () => {
  const results = join(folder, 'results.csv');
  writeFileSync(results, 'of yesterday\n');
  expect((await runCommand(...batch, '--out', results, ...NOWHERE)).code).toBe(1);
  expect(readFileSync(results, 'utf8')).toBe('of yesterday\n');
});
