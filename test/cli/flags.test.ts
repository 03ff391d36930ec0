import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/command-line';

const folder = mkdtempSync(join(tmpdir(), 'duvo-flags-'));
const items = join(folder, 'items.ndjson');
beforeAll(() => writeFileSync(items, '{"n":1}\n'));
afterAll(() => rmSync(folder, { recursive: true }));

const schedule = ['schedule', 'create', 's1'];
const written = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
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
  ['an empty message', [...start, '--message', ''], /^--message is blank/],
  [
    'a unit that is not listed',
    [...start, '--deadline', '2hours'],
    /^--deadline: '2hours' is not a duration: give a number/,
  ],
  ['a duration without a unit', [...start, '--wait', '--timeout', '6'], /'6' has no unit: give 6h, 6m, 6s/],
  [
    'an action without its due time',
    [...start, '--on-timeout', 'deny'],
    /^--gate-due is missing: --on-timeout deny needs it, e\.g\. --gate-due 8h$/,
  ],
  [
    'a schema',
    [...start, '--output-schema', written('schema.json', '{"type":"objct"}')],
    /^--output-schema: .*schema\.json: is not a usable JSON Schema: /,
  ],
  ['an agent in a misspelt field', ['run', 'start', '--input', written('a.json', '{"agent":"a"}')], /mean agentId\?/],
  ['an empty file', ['run', 'start', '--input', written('empty.json', '\n')], /empty\.json: is empty/],
  ['a missing file', ['run', 'start', '--input', join(folder, 'no.json')], /cannot be read: it does not exist/],
  ['a folder as input', ['run', 'start', '--input', folder], /cannot be read: it is a folder/],
  ['an empty YAML file', ['schedule', 'apply', written('empty.yaml', '')], /empty\.yaml: is empty/],
  [
    'a list of schedules',
    ['schedule', 'apply', written('list.yaml', 'schedules:\n  - cron: 0 2 * * *\n')],
    /schedules is a list: write the id of each schedule as a key/,
  ],
  [
    'a key that is written twice',
    ['schedule', 'apply', written('twice.yaml', 'a: 1\na: 2\n')],
    /the key is written twice/,
  ],
  ['a tab', ['schedule', 'apply', written('tab.yaml', 'a:\n\tb: 1\n')], /a tab is used for indentation: use spaces/],
  [
    '--message with --workflow',
    [...schedule, '--workflow', 'w', '--message', 'm', '--every', '6h'],
    /^--message: goes with --agent, not with --workflow$/,
  ],
  [
    'two things to start',
    [...schedule, '--workflow', 'w', '--agent', 'a', '--every', '6h'],
    /^give only one of --agent and --workflow: a schedule starts one thing$/,
  ],
  ['two delimiters', [...batch, '--delimiter', ';;'], /--delimiter: must be one character/],
  ['a missing folder', [...batch, '--out', join(folder, 'no', 'x.csv')], /--out: .*x\.csv.*the folder does not exist/],
  [
    'a folder in place of a file',
    ['batch', 'results', 'b', '--out', folder],
    /--out: .*cannot be written: it is a folder/,
  ],
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
