import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DuvoSimulator } from '../../testing';

const execute = promisify(execFile);
const root = join(__dirname, '../..');
const tsc = join(root, 'node_modules/typescript-7/bin/tsc');
const project = mkdtempSync(join(tmpdir(), 'duvo-temporal-package-'));
let simulator: DuvoSimulator;

const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  peerDependencies: Record<string, string>;
};
/** The packages that the project imports. The SDK's bundler imports the package of workflows from the project's folder. */
const ownDependencies = ['client', 'worker', 'workflow'].map(
  (name) => `@temporalio/${name}@${peerDependencies[`@temporalio/${name}`]}`,
);

/** Runs a command asynchronously, because the simulator in this process must respond to the command meanwhile. */
async function run(command = '', ...args: string[]): Promise<string> {
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
  simulator.script('agent', { steps: [{ end: 'completed' }], lastMessage: 'from the package' });
  const packing = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
    cwd: root,
  });
  const [packed] = JSON.parse(packing.stdout) as { filename: string }[];
  cpSync(join(__dirname, 'project'), project, { recursive: true });
  // The linked layout gives each package a folder with its own dependencies only, as pnpm does without hoisting. So the package
  // and the project can import only what their manifests declare. The commands of the README run in npm's usual layout.
  await run(
    ...['npm', 'install', '--install-strategy=linked', '--prefer-offline', '--no-audit', '--no-fund'],
    ...[join(project, packed?.filename ?? ''), ...ownDependencies],
  );
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
    expect(await run(process.execPath, file)).toContain('from the package');
  },
  60_000,
);

test.each(['commonjs', 'module'])(
  'the types check in a project of type %s',
  async (type) => {
    const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as object;
    writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, type }));
    await run(process.execPath, tsc, '-p', '.', '--noEmit');
  },
  60_000,
);

test('every entry point of the package can be required, and the command is installed', async () => {
  const entryPoints = ['', '/activities', '/worker', '/client', '/inbox', '/duvo', '/testing'].map(
    (entry) => `require('duvo-temporal${entry}')`,
  );
  await run(process.execPath, '-e', entryPoints.join(';'));
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
