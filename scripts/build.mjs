// Compiles the sources to dist/, bundles the workflow code into one module, and builds the workflow bundle in advance,
// so that a worker starts without webpack.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const stamp = join(dist, '.sources');
const folders = [
  'contract',
  'http',
  'temporal',
  'duvo',
  'items',
  'activities',
  'workflows',
  'workers',
  'client',
  'inbox',
  'cli',
  'testing',
  'bench',
];

/** Returns a digest of all files that the build reads. File times are not used, because a checkout changes them. */
function sources() {
  const hash = createHash('sha256');
  const add = (path) => hash.update(path).update(readFileSync(join(root, path)));
  for (const file of ['index.ts', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs']) {
    if (existsSync(join(root, file))) add(file);
  }
  for (const folder of folders.filter((name) => existsSync(join(root, name)))) {
    for (const file of readdirSync(join(root, folder), { recursive: true }).map(String).sort()) {
      if (/\.(tsx?|json|js|html|css|svg)$/.test(file)) add(join(folder, file));
    }
  }
  return hash.digest('hex');
}

export function isBuilt() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources();
}

function tsc(require) {
  const args = [require.resolve('typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Reduces a source map to one mapping for each line of a source, without the text of the sources. The workflow bundle of
 * each user contains this map. Without a map, it would contain the text of the minified module a second time.
 */
function reduceSourceMap(file, { decode, encode }) {
  const { version, sources, mappings } = JSON.parse(readFileSync(file, 'utf8'));
  const lines = decode(mappings).map((segments) => {
    const isNewLine = ([, source, line], at) => {
      const [, lastSource, lastLine] = segments[at - 1] ?? [];
      return source !== lastSource || line !== lastLine;
    };
    return segments.filter(isNewLine).map((segment) => segment.slice(0, 4));
  });
  // An empty text keeps webpack's loader of source maps from a search for the sources, which are not in the package.
  const sourcesContent = sources.map(() => '');
  writeFileSync(file, JSON.stringify({ version, sources, sourcesContent, names: [], mappings: encode(lines) }));
}

/** Bundles the page of the inbox with its packages. It is served as it is, and loads nothing from another address. */
async function buildInboxPage(require) {
  const source = join(root, 'inbox', 'page');
  const target = join(dist, 'inbox', 'page');
  await require('esbuild').build({
    entryPoints: { app: join(source, 'main.tsx'), 'app-style': join(source, 'style', 'app.css') },
    outdir: target,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: {},
    minify: true,
    legalComments: 'eof',
  });
  for (const file of ['index.html', 'icon.svg']) copyFileSync(join(source, file), join(target, file));
}

async function build() {
  const before = sources();
  rmSync(dist, { recursive: true, force: true });
  const require = createRequire(import.meta.url);
  tsc(require);
  // TypeScript does not copy a file that is JavaScript already.
  const thread = join('activities', 'runs', 'output-thread.js');
  copyFileSync(join(root, thread), join(dist, thread));
  // npm makes the command's file executable only when it links the command. A second build writes the file again,
  // without that permission.
  chmodSync(join(dist, 'cli', 'main.js'), 0o755);
  // Bundles each entry point for workflow code into one module. Everything in the module becomes part of the workflow
  // bundle of each user who imports it.
  for (const door of ['index', 'batch/index']) {
    const outfile = join(dist, 'workflows', `${door}.js`);
    await require('esbuild').build({
      entryPoints: [join(root, 'workflows', `${door}.ts`)],
      outfile,
      sourcemap: 'linked',
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'es2022',
      external: ['@temporalio/*', 'ms'],
      minify: true,
    });
    reduceSourceMap(`${outfile}.map`, require('@jridgewell/sourcemap-codec'));
  }
  await buildInboxPage(require);
  const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows', 'all.js'),
    logger: new DefaultLogger('WARN'),
  });
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(dist, 'workflow-bundle.js'), code);
  writeFileSync(stamp, before);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
