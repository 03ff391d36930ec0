import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/command-line';

const folder = mkdtempSync(join(tmpdir(), 'duvo-numbers-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const path = join(folder, `${randomUUID()}.txt`);
  writeFileSync(path, text);
  return path;
}

const ID = '9007199254740993';
const EVERY_DAY = ['--cron', '@daily', '--yes'];
test.each<[string, string, () => string[]]>([
  ['schedule create --args', '[1].id', () => create(['--workflow', 'w', '--args', `[1, {"id": ${ID}}]`])],
  ['schedule create --batch', 'items[0].id', () => create(['--batch', fileWith(`items:\n  - id: ${ID}\n`)])],
  ['process start --args', '[0]', () => ['process', 'start', 'w', '--args', `[${ID}]`]],
  ['process start --input', '[0].n', () => ['process', 'start', 'w', '--input', fileWith('[{"n": 1e400}]')]],
  ['run start --input', 'extraFields.id', () => ['run', 'start', '--input', fileWith(`{"extraFields":{"id":${ID}}}`)]],
  ['batch start --template', 'workflow.input', () => batch(`{"workflow":{"type":"w","input":${ID}}}`)],
  ['api', 'case.amount', () => ['api', 'runs.start', '{"case": {"amount": 0.1234567890123456789}}']],
  ['schedule apply', 'schedules.s.workflow.args[0].id', () => apply(`{id: ${ID}}`)],
  ['schedule apply of a nested list', 'schedules.s.workflow.args[0][1]', () => apply(`[1, 12345678901234567890.5]`)],
])('a number that JavaScript would round is refused with its field: %s', async (_what, field, args) => {
  const address = process.env.TEST_TEMPORAL_ADDRESS ?? '';
  const connection = args()[0] === 'api' ? [] : ['--address', address];
  const { code, notes } = await runCommand(...args(), ...connection);
  expect(notes).toContain(`${field} is a number that would be rounded`);
  expect(notes).toContain('write it as a string');
  expect(notes).not.toContain('900719925474099');
  expect(code).toBe(2);
});

function create(action: string[]): string[] {
  return ['schedule', 'create', 's', ...action, ...EVERY_DAY];
}
function batch(template: string): string[] {
  return ['batch', 'start', fileWith('id\n1\n'), '--format', 'csv', '--template', fileWith(template)];
}
function apply(arg: string): string[] {
  const text = `schedules:\n  s:\n    cron: '@daily'\n    workflow:\n      type: w\n      args:\n        - ${arg}\n`;
  return ['schedule', 'apply', fileWith(text), '--dry-run'];
}
