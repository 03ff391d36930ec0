import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DuvoSimulator } from '../../testing';

const execute = promisify(execFile);
const root = join(__dirname, '../..');
const project = mkdtempSync(join(tmpdir(), 'duvo-temporal-package-'));
let simulator: DuvoSimulator;

/** Runs a command asynchronously, because the simulator in this process must respond to the command meanwhile. */
async function run(command: string, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: process.env.TEST_TEMPORAL_ADDRESS,
    DUVO_API_KEY: simulator.apiKey,
    DUVO_API_BASE_URL: simulator.url,
    DUVO_REQUESTS_PER_MINUTE: 'unlimited',
  };
  try {
    return (await execute(command, args, { cwd: project, env, timeout: 150_000 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')}:\n${stdout}\n${stderr}`);
  }
}

beforeAll(async () => {
  simulator = await DuvoSimulator.start();
  simulator.script('agent', {
    steps: [{ status: 'running', polls: 1 }, { end: 'completed' }],
    lastMessage: 'from the package',
  });
  const packing = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
    cwd: root,
  });
  const [packed] = JSON.parse(packing.stdout) as { filename: string }[];
  cpSync(join(__dirname, 'project'), project, { recursive: true });
  await run('npm', 'install', '--no-audit', '--no-fund', join(project, packed?.filename ?? ''));
}, 240_000);
afterAll(async () => {
  await simulator.close();
  rmSync(project, { recursive: true, force: true });
});

test.each([
  ['JavaScript, by require', 'app.cjs'],
  ['JavaScript, by import', 'app.mjs'],
])(
  'the first workflow runs from %s',
  async (_what, file) => {
    const printed = await new Promise<string>((resolve) => resolve(run(process.execPath, file)));
    expect(printed).toContain('from the package');
  },
  60_000,
);

test.each([
  ['by require', 'commonjs'],
  ['by import', 'module'],
])(
  'the first workflow runs from TypeScript, %s, and its types check',
  async (_what, type) => {
    const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as object;
    writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, type }));
    await run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.');
    expect(await run(process.execPath, join('out', 'app.js'))).toContain('from the package');
  },
  60_000,
);

test('every entry point of the package can be required, and the command is installed', async () => {
  const doors = ['', '/activities', '/worker', '/client', '/duvo', '/testing'].map(
    (door) => `require('duvo-temporal${door}')`,
  );
  await run(process.execPath, '-e', doors.join(';'));
  expect(await run(join(project, 'node_modules/.bin/duvo-temporal'), '--help')).toContain('Exit codes');
});

test('every file that a page of the package links to is in the package', () => {
  const inside = join(project, 'node_modules', 'duvo-temporal');
  const pages = readdirSync(inside, { recursive: true }).map(String);
  const links = pages
    .filter((page) => page.endsWith('.md') && !page.includes('node_modules'))
    .flatMap((page) => {
      const targets = [...readFileSync(join(inside, page), 'utf8').matchAll(/\]\(([^)#\s]+)/g)].map(
        ([, to = '']) => to,
      );
      return targets.filter((to) => !to.includes(':')).map((to) => join(dirname(page), to));
    });
  expect(links).toContain(join('examples', 'nightly-catalogue', 'README.md'));
  expect(links.filter((link) => !existsSync(join(inside, link)))).toEqual([]);
});
