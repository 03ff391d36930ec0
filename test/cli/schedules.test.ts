import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScheduleInfo } from '../../client';
import { runCli } from '../../cli/program';
import { type Stack, startStack } from '../support/stack';

let stack: Stack;
const folder = mkdtempSync(join(tmpdir(), 'schedules-'));
const before = { ...process.env };
beforeAll(async () => {
  stack = await startStack();
  process.env.DUVO_TASK_QUEUE = stack.taskQueue;
  process.env.DUVO_API_TASK_QUEUE = stack.apiTaskQueue;
});
afterAll(async () => {
  process.env.DUVO_TASK_QUEUE = before.DUVO_TASK_QUEUE ?? '';
  process.env.DUVO_API_TASK_QUEUE = before.DUVO_API_TASK_QUEUE ?? '';
  rmSync(folder, { recursive: true });
  await stack.stop();
});

/** Runs a command line as a script does: without a terminal. */
async function schedule(...args: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await runCli(['schedule', ...args, '--address', stack.address], {
    print: (text) => out.push(text),
    note: (text) => notes.push(text),
    isInteractive: false,
  });
  return { code, out: out.join('\n'), notes: notes.join('\n'), json: <T>() => JSON.parse(out.join('\n')) as T };
}

test('a schedule is created, paused, triggered, updated and deleted', async () => {
  stack.simulator.script('nightly', { steps: [{ end: 'completed' }] });
  const id = `cli-${randomUUID()}`;
  const create = ['create', id, '--agent', 'nightly', '--message', 'Check it', '--cron', '0 6 * * *'];
  create.push('--time-zone', 'Europe/Berlin', '--start', '2037-03-28T00:00:00Z', '--group', 'cli');
  const dry = await schedule(...create, '--dry-run');
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.out).toContain('Sat 2037-03-28 06:00:00 GMT+1');
  expect(dry.out).toContain('Sun 2037-03-29 06:00:00 GMT+2');
  expect((await schedule('show', id)).code).toBe(5);
  expect(await schedule(...create)).toMatchObject({ code: 2, notes: expect.stringContaining('--yes') as string });
  expect((await schedule('show', id)).code).toBe(5);

  expect(await schedule(...create, '--yes')).toMatchObject({ code: 0 });
  expect((await schedule(...create, '--yes')).code).toBe(2);
  expect((await schedule('show', id)).out).toContain('run of nightly');
  expect((await schedule('pause', id, '--note', 'month-end')).out).toBe(`${id}: paused`);
  expect((await schedule('show', id, '--json')).json<ScheduleInfo>()).toMatchObject({
    paused: true,
    note: 'month-end',
  });
  expect((await schedule('resume', id)).code).toBe(0);
  expect((await schedule('trigger', id, '--json')).json()).toMatchObject({ outcome: 'started' });
  const update = ['update', id, '--message', 'Check it well', '--every', '6h'];
  const dryUpdate = await schedule(...update, '--dry-run');
  expect(dryUpdate).toMatchObject({ code: 0 });
  expect(dryUpdate.out).toContain('would be changed: run, every');
  expect(dryUpdate.out).toContain('Sat 2037-03-28 07:00:00 GMT+1');
  expect((await schedule(...update, '--dry-run', '--json')).json()).toMatchObject({ id, changed: ['run', 'every'] });
  expect(await schedule(...update)).toMatchObject({ code: 2, notes: expect.stringContaining('--yes') as string });
  expect((await schedule('show', id, '--json')).json<ScheduleInfo>().definition.run?.message).toBe('Check it');
  const updated = await schedule(...update, '--yes', '--json');
  expect(updated.json<ScheduleInfo>().definition).toMatchObject({
    run: { agentId: 'nightly', message: 'Check it well' },
    every: '6h',
    timeZone: 'Europe/Berlin',
  });
  const window = ['--from', '2025-01-01T00:00:00Z', '--to', '2025-01-01T12:00:00Z'];
  expect((await schedule('backfill', id, ...window)).code).toBe(0);
  expect((await schedule('delete', id, '--yes')).code).toBe(0);
  expect((await schedule('delete', id, '--yes')).code).toBe(5);
});

test('apply shows the changes, applies them only with --yes, and then reports no further changes', async () => {
  const [group, id, other] = [randomUUID(), `file-${randomUUID()}`, `file-${randomUUID()}`];
  const path = join(folder, 'schedules.yaml');
  const write = (...ids: string[]) =>
    writeFileSync(
      path,
      [
        `group: ${group}`,
        'schedules:',
        ...ids.map((one) => `  ${one}: {run: {agentId: a}, cron: '@yearly', note: }`),
      ].join('\n'),
    );
  write(id, other);
  const dry = await schedule('apply', path, '--dry-run');
  expect(dry).toMatchObject({
    code: 0,
    notes: '2 would be created, 0 would be changed, 0 would be deleted, 0 unchanged',
  });
  expect(dry.out).toMatch(/\d{4}-01-01 00:00/);
  expect((await schedule('apply', path)).code).toBe(2);
  expect((await schedule('show', id)).code).toBe(5);
  expect(await schedule('apply', path, '--yes')).toMatchObject({ code: 0 });
  const again = await schedule('apply', path, '--json');
  expect(again.json()).toEqual([
    { id, change: 'unchanged' },
    { id: other, change: 'unchanged' },
  ]);
  for (const one of [id, other]) expect((await schedule('delete', one, '--yes')).code).toBe(0);
});

describe('a refused command exits with 2 and creates nothing', () => {
  const run = ['create', 'refused', '--yes', '--agent', 'a'];
  test.each([
    ['no times', run],
    ['a date that never comes', [...run, '--cron', '0 6 31 2 *']],
    ['an end in the past', [...run, '--cron', '@daily', '--end', '2020-01-01T00:00:00Z']],
    ['invalid times', [...run, '--cron', '0 25 * * *']],
    ['an offset without an interval', [...run, '--cron', '@daily', '--offset', '5m']],
    ['arguments without a workflow', ['create', 'refused', '--yes', '--args', '[]', '--cron', '@daily']],
    ['an unknown policy', [...run, '--cron', '@daily', '--overlap', 'queue']],
    ['an invalid priority', [...run, '--cron', '@daily', '--priority', 'high']],
    ['a window without offsets', ['backfill', 'refused', '--from', '2025-01-01', '--to', '2025-01-02']],
    ['a missing file', ['apply', join(folder, 'nothing.yaml')]],
  ])('%s', async (_what, args) => {
    const { code, notes } = await schedule(...args);
    expect(code).toBe(2);
    expect(notes).not.toBe('');
    expect((await schedule('show', 'refused')).code).toBe(5);
  });

  test('a file that is not YAML is reported with its line and without its content', async () => {
    const path = join(folder, 'wrong.yaml');
    writeFileSync(path, 'schedules:\n  a: "canary\n');
    const { code, notes } = await schedule('apply', path);
    expect(code).toBe(2);
    expect(notes).not.toContain('canary');
  });
});
