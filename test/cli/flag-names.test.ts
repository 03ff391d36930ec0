import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/command-line';
import { type Stack, startStack } from '../support/stack';

let stack: Stack;
const folder = mkdtempSync(join(tmpdir(), 'flag-names-'));
beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stack.stop();
});

/** Writes a file into the test's folder and returns its path. */
function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const ITEMS = file('items.ndjson', '{"n":1}\n');
const RUN = file('run.json', '{\n  "agentId": "a",\n  "gate": { "due": "soon" }\n}');
const MISSPELT_RUN = file('misspelt.json', '{\n  "agentId": "a",\n  "mesage": "Read it"\n}');
const BROKEN_JSON = file('broken.json', '{\n  "agentId": "a",\n}');
const TEMPLATE = file('template.json', '{"run": {"agentId": "a",\n "sandboxid": "s"}}');
const CALENDAR = file(
  'calendar.yaml',
  'schedules:\n  a.b:\n    run: { agentId: a }\n    calendars:\n      - hour: 27\n',
);
const MISSPELT_YAML = file(
  'zone.yaml',
  'schedules:\n  n:\n    run: { agentId: a }\n    cron: 0 2 * * *\n    timezone: UTC\n',
);
const MISSING = file('missing.yaml', 'group: g\nschedules:\n  n:\n    cron: 0 2 * * *\n');
const BROKEN_YAML = file('broken.yaml', 'a: [1, 2\nb: 3\n');
const BATCH = file('batch.yaml', 'template:\n  run:\n    agentid: a\nitems: [{ n: 1 }]\n');

const NO_REFERENCE = "is not a reference: give '<workflow id>#<gate id>', as npx duvo-temporal gate list shows it";
const create = ['schedule', 'create', 'n', '--agent', 'a', '--dry-run'];
const run = ['run', 'start', '--agent', 'a'];

test.each([
  ['a cron expression', [...create, '--cron', '0 25 * * *'], "--cron: '0 25 * * *': hour must be from 0 to 23"],
  ['the second of two', [...create, '--every', '1h', '--every', '6x'], "--every: '6x' is not a duration: give "],
  ['an interval without a unit', [...create, '--every', '6'], "--every: '6' has no unit: give 6h, 6m or 6s"],
  ['an offset', [...create, '--every', '6h', '--offset', '7h'], "--offset: '7h' is not shorter than --every"],
  ['a time zone', [...create, '--every', '6h', '--time-zone', 'Mars'], "--time-zone: 'Mars' must be an IANA time zone"],
  ['a number of starts', [...create, '--every', '6h', '--remaining', 'x'], "--remaining: 'x' must be a whole number"],
  ['a policy', [...create, '--every', '6h', '--overlap', 'no'], "--overlap: 'no' must be one of skip, "],
  ['a deadline', [...create, '--every', '6h', '--deadline', 'soon'], "--deadline: 'soon' is not a duration"],
  ['a start', [...create, '--every', '6h', '--start', 'today'], "--start: 'today' must be an ISO 8601 time"],
  ['times that never come', [...create, '--cron', '0 0 31 2 *'], "--cron: '0 0 31 2 *' has only dates that never come"],
  ['no action', ['schedule', 'create', 'n', '--every', '6h'], 'give one of --agent, --batch and --workflow'],
  ['no times', create, 'give --cron or --every'],
  [
    'the window of a backfill',
    ['schedule', 'backfill', 'n', '--from', '2027-01-02T00:00Z', '--to', '2027-01-01T00:00Z'],
    "--to: '2027-01-01T00:00Z' is before --from",
  ],
  ['a policy of a trigger', ['schedule', 'trigger', 'n', '--overlap', 'no'], "--overlap: 'no' must be one of"],
  [
    "a batch file's field",
    ['schedule', 'create', 'n', '--batch', BATCH, '--every', '1h'],
    `--batch: ${BATCH}, line 3, column 5: template.run.agentid is not a field`,
  ],
  ['a time for gates', [...run, '--gate-due', '0s'], "--gate-due: '0s' is zero: give a longer duration"],
  [
    'a missing time for gates',
    [...run, '--on-timeout', 'deny'],
    '--gate-due is missing: --on-timeout deny needs it, e.g. --gate-due 8h',
  ],
  [
    "an input file's field",
    ['run', 'start', '--input', RUN],
    `--input: ${RUN}, line 3, column 13: gate.due is not a duration`,
  ],
  [
    'an unknown field',
    ['run', 'start', '--input', MISSPELT_RUN],
    `--input: ${MISSPELT_RUN}, line 3, column 3: mesage is not a field`,
  ],
  [
    'a file that is not JSON',
    ['run', 'start', '--input', BROKEN_JSON],
    `--input: ${BROKEN_JSON}, line 3, column 1: is not JSON`,
  ],
  ['an attached run', ['run', 'attach', 'r', '--gate-due', '0s'], "--gate-due: '0s' is zero"],
  [
    "a template's field",
    ['batch', 'start', ITEMS, '--template', TEMPLATE],
    `--template: ${TEMPLATE}, line 2, column 2: run.sandboxid is not a field`,
  ],
  ['a key of a batch', ['batch', 'start', ITEMS, '--agent', 'a', '--key', ' '], '--key is blank: give a value'],
  [
    'a calendar in a file',
    ['schedule', 'apply', CALENDAR],
    `${CALENDAR}, line 5, column 9: schedules.a.b.calendars[0].hour must be from 0 to 23`,
  ],
  [
    'a misspelt field in a file',
    ['schedule', 'apply', MISSPELT_YAML],
    `${MISSPELT_YAML}, line 5, column 5: schedules.n.timezone is not a field`,
  ],
  [
    'a missing field in a file',
    ['schedule', 'apply', MISSING],
    `${MISSING}, line 4, column 5: schedules.n.run is missing`,
  ],
  [
    'a file that is not YAML',
    ['schedule', 'apply', BROKEN_YAML],
    `${BROKEN_YAML}, line 2, column 1: is not YAML or JSON`,
  ],
  ['a business key of a process', ['process', 'start', 't', '--key', ' '], "--key: ' ' is blank"],
  ['a gate to answer', ['gate', 'answer', 'foo', '--approve'], `<gate>: 'foo' ${NO_REFERENCE}`],
  ['a gate to show', ['gate', 'show', 'foo'], `<gate>: 'foo' ${NO_REFERENCE}`],
  ['a workflow of this package', ['process', 'start', 'agentRun'], "<type>: 'agentRun' is a workflow of this package"],
])('an error about %s names what the person gave', async (_what, args, message) => {
  const { code, notes } = await runCommand(...args, '--address', stack.address);
  expect([code, notes]).toEqual([2, expect.stringContaining(message)]);
  expect(notes.startsWith(message)).toBe(true);
});

test.each([
  [MISSPELT_RUN, ['run', 'start', '--input'], 'Did you mean message?'],
  [MISSPELT_YAML, ['schedule', 'apply'], 'Did you mean timeZone?'],
])('an unknown field is answered with a similar one: %s', async (path, args, hint) => {
  expect((await runCommand(...args, path, '--address', stack.address)).notes).toContain(hint);
});

test('an error never quotes the message to the agent', async () => {
  const long = 'secret '.repeat(200_000);
  const { code, notes } = await runCommand(...run, '--message', long, '--address', stack.address);
  expect([code, notes]).toEqual([2, expect.stringContaining('--message: has 1400000 bytes')]);
  expect(notes).not.toContain('secret');
});

test.each(['yesterday', '24', '24x', '2027-01-01'])('--since %s lists what is accepted', async (since) => {
  const { code, notes } = await runCommand('run', 'list', '--since', since);
  expect([code, notes]).toEqual([
    2,
    expect.stringMatching(/^--since: '.*' (is not|must be|has no) .*(24h|36h|2027-01-01T00:00:00Z)/),
  ]);
});
