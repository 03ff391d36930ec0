import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = join(__dirname, '../..');
const project = mkdtempSync(join(tmpdir(), 'duvo-temporal-strict-'));
const run = async (command: string, ...args: string[]) =>
  (await execute(command, args, { cwd: project, timeout: 200_000 })).stdout;

afterAll(() => rmSync(project, { recursive: true, force: true }));

test('the package works where it can import only the packages that its manifest declares', async () => {
  const packing = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
    cwd: root,
  });
  const [packed] = JSON.parse(packing.stdout) as { filename: string }[];
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'strict', version: '1.0.0', private: true }));
  // The linked layout gives each package a folder with its own dependencies only, as pnpm does without hoisting.
  const tarball = join(project, packed?.filename ?? '');
  await run('npm', 'install', '--install-strategy=linked', '--no-audit', '--no-fund', tarball);
  const entryPoints = ['', '/activities', '/worker', '/client', '/duvo', '/testing'];
  await run(process.execPath, '-e', entryPoints.map((entry) => `require('duvo-temporal${entry}')`).join(';'));
  expect(await run(join(project, 'node_modules/.bin/duvo-temporal'), '--help')).toContain('Exit codes');
}, 300_000);
