import { formatBar, formatProgress } from '../../../cli/batch/progress';
import type { BatchProgress } from '../../../client';
import { RateEstimate } from '../../../cli/batch/rate-estimate';
import { colorStatus } from '../../../cli/terminal/color';
import { keepsRunning } from '../../../cli/terminal/interrupt';
import { shouldUseColor } from '../../../cli/terminal/output';
import { shortenIds } from '../../../cli/terminal/short-ids';
import { type Column, formatTable } from '../../../cli/terminal/table';
import { textWidth, toOneLine, truncateText } from '../../../cli/terminal/text';
import { formatAge, formatDue } from '../../../cli/terminal/time';

const output = { print: () => {}, note: () => {}, isInteractive: false };

describe('a text that is cut', () => {
  test.each([
    ['a short text stays', 'abc', 3, 'abc'],
    ['a long text ends with …', 'abcdef', 4, 'abc…'],
    ['a CJK character counts two columns', '請求書を読む', 5, '請求…'],
    ['an emoji of several code points stays whole', '👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 5, '👩‍👩‍👧‍👦👩‍👩‍👧‍👦…'],
    ['a combining accent stays with its letter', 'e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('%s', (_name, text, width, expected) => {
    expect(truncateText(text, width)).toBe(expected);
    expect(textWidth(truncateText(text, width))).toBeLessThanOrEqual(width);
  });

  test('control characters of an agent are escaped', () => {
    expect(toOneLine('a\u001b[2Jb\r\nc\u0007')).toBe(String.raw`a\u001b[2Jb c\u0007`);
  });
});

describe('a table', () => {
  const columns: Column<string[]>[] = [
    { head: 'id', value: ([id]) => id, rank: 0 },
    { head: 'title', value: ([, title]) => title, rank: 2 },
    { head: 'state', value: ([, , state]) => state, rank: 1, isStatus: true },
  ];
  const row = ['invoice-4711', '請求書 4711 を支払いますか？'.repeat(5), 'failed'];

  test('cuts the least important column first, and no line is wider than the terminal', () => {
    const lines = formatTable(columns, [row], { ...output, columns: 60 }).split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^invoice-4711 {2}請求書.*… +failed$/);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(60);
  });

  test('leaves out columns that have no room', () => {
    const wide = ['x'.repeat(50), 'title', 'failed'];
    const [id, ...others] = columns as [Column<string[]>, ...Column<string[]>[]];
    expect(
      formatTable([{ ...id, minWidth: 30 }, ...others], [wide], { ...output, columns: 40 }).split('\n')[0],
    ).not.toContain('TITLE');
  });

  test('has colours by status only when colour is on', () => {
    expect(formatTable(columns, [row], output)).not.toContain('\u001b[');
    expect(formatTable(columns, [row], { ...output, hasColor: true })).toContain('\u001b[31mfailed');
  });
});

test.each([
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{}, true, true],
  [{}, false, false],
  [{ TERM: 'dumb' }, true, false],
])('with %j and a terminal: %s, colour is %s', (env, isTerminal, expected) => {
  expect(shouldUseColor(env, isTerminal)).toBe(expected);
});

test('a status without a colour stays plain', () => {
  expect(colorStatus('queued', { ...output, hasColor: true })).toBe('queued');
});

test('ids with a UUID are shortened when that is unique, and business keys stay whole', () => {
  const [one, two] = ['duvo-run-1a2b3c4d-0000-4000-8000-000000000000', 'duvo-run-1a2b3c4d-0000-4000-8000-000000000001'];
  expect(shortenIds([one, 'duvo-run-invoice-4711'])(one)).toBe('duvo-run-1a2b3c4d…');
  expect(shortenIds([one, two])(one)).toBe(one);
  expect(shortenIds([one])('duvo-run-invoice-4711')).toBe('duvo-run-invoice-4711');
});

test('ages and due times are in their largest unit', () => {
  const now = Date.parse('2027-01-02T00:00:00Z');
  expect(formatAge('2027-01-01T20:59:00Z', now)).toBe('3 h');
  expect(formatAge('2026-12-25T00:00:00Z', now)).toBe('8 d');
  expect(formatDue('2027-01-02T00:05:00Z', now)).toBe('in 5 min');
  expect(formatDue('2027-01-01T23:59:30Z', now)).toBe('30 s ago');
});

describe('the progress of a batch', () => {
  const progress = {
    ...{ items: 40, completed: 10, failed: 1, canceled: 0, notStarted: 0, inFlight: 7, waitingForPeople: 2 },
    ...{ paused: false, allPagesStored: true, concurrency: 10, started: 18 },
  } as unknown as BatchProgress;
  const rate = new RateEstimate();
  rate.add(0, 0);
  rate.add(10, 10_000);

  test('counts items that wait for a person apart from those that run', () => {
    expect(formatProgress(progress, rate)).toBe('11/40, 1 failed, 5 running, 2 wait for a person, about 29 s left');
  });

  test.each([
    ['while all items in progress wait for people', { waitingForPeople: 7 }],
    ['while the batch is paused', { paused: true }],
    ['while items are still being stored', { allPagesStored: false }],
  ])('gives no estimate %s', (_name, fields) => {
    expect(formatProgress({ ...progress, ...fields }, rate)).not.toContain('left');
  });

  test('gives no estimate from less than five seconds', () => {
    const early = new RateEstimate();
    early.add(0, 0);
    early.add(5, 4_000);
    expect(early.formatTimeLeft(10)).toBeUndefined();
  });

  test.each([30, 40, 80, 200])('fits a terminal of %d columns', (columns) => {
    expect(textWidth(formatBar(0.3, formatProgress(progress, rate), columns))).toBeLessThan(columns);
  });
});

test('a command that is printed for later has no credentials of the codec server', () => {
  const notice = keepsRunning('run', 'duvo-run-7', {
    codecEndpoint: 'https://user:s3cret@codec.example/v1',
    codecAuth: 'Bearer t0ken',
  });
  expect(notice).toContain('--codec-endpoint https://codec.example/v1');
  expect(notice).not.toMatch(/s3cret|user|t0ken/);
});
