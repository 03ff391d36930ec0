import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Loads modules as the worker process does, because the loader of Jest treats ES modules differently from Node. */
const LOADER = `
const { loadDataConverter } = require(${JSON.stringify(resolve(__dirname, '../../dist/workers/data-converter.js'))});
const load = (module) =>
  loadDataConverter({ DUVO_DATA_CONVERTER: module }, 'default').then(
    (converter) => ({ fields: Object.keys(converter) }),
    ({ message }) => ({ message }),
  );
Promise.all(process.argv.slice(1).map(load)).then((results) => console.log(JSON.stringify(results)));
`;
const CODEC = '{ encode: async (all) => all, decode: async (all) => all }';
const CONVERTER = `{ payloadCodecs: [${CODEC}] }`;

/** The modules of a worker's folder, by their path. */
const MODULES = {
  'named.mjs': `export const codec = ${CODEC}; export const dataConverter = ${CONVERTER};`,
  'default.mjs': `export default ${CONVERTER};`,
  'named.cjs': `exports.dataConverter = ${CONVERTER};`,
  'computed-name.cjs': `exports['data' + 'Converter'] = ${CONVERTER};`,
  'whole.cjs': `module.exports = ${CONVERTER};`,
  'compiled-default.cjs': `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${CONVERTER};`,
  'paths.cjs': `exports.dataConverter = { payloadConverterPath: '/a.js', failureConverterPath: '/b.js' };`,
  'node_modules/converter-package/index.js': `exports.dataConverter = ${CONVERTER};`,
  'misspelt.mjs': `export const dataConvertor = ${CONVERTER};`,
  'misspelt-default.mjs': `export default { dataConvertor: ${CONVERTER} };`,
  'misspelt.cjs': `exports.dataConvertor = ${CONVERTER};`,
  'misspelt-whole.cjs': `module.exports = { payloadCodec: [${CODEC}] };`,
  'misspelt-field.cjs': `exports.dataConverter = { payloadCodec: [${CODEC}] };`,
  'one-unknown-field.mjs': `export const dataConverter = { payloadCodecs: [${CODEC}], failureConvertorPath: '/a.js' };`,
  'nothing.cjs': '',
  'null.mjs': 'export const dataConverter = null;',
  'empty.mjs': 'export const dataConverter = {};',
  'no-codecs.mjs': 'export const dataConverter = { payloadCodecs: [] };',
  'half-a-codec.mjs': 'export const dataConverter = { payloadCodecs: [{ encode: async (all) => all }] };',
  'wrong-path.mjs': 'export const dataConverter = { payloadConverterPath: 7 };',
};

let results: Record<string, { fields?: string[]; message?: string }>;
beforeAll(async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'data-converter-'));
  for (const [path, code] of Object.entries(MODULES)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), code);
  }
  const names = Object.keys(MODULES).map((path) =>
    path.startsWith('node_modules') ? path.split('/')[1] : `./${path}`,
  ) as string[];
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', LOADER, ...names], { cwd });
  const loaded = JSON.parse(stdout) as (typeof results)[string][];
  results = Object.fromEntries(names.map((name, index) => [name, loaded[index] ?? {}]));
});

test.each([
  ['./named.mjs', ['payloadCodecs']],
  ['./default.mjs', ['payloadCodecs']],
  ['./named.cjs', ['payloadCodecs']],
  ['./computed-name.cjs', ['payloadCodecs']],
  ['./whole.cjs', ['payloadCodecs']],
  ['./compiled-default.cjs', ['payloadCodecs']],
  ['./paths.cjs', ['payloadConverterPath', 'failureConverterPath']],
  ['converter-package', ['payloadCodecs']],
])('%s is a data converter', (module, fields) => {
  expect(results[module]).toEqual({ fields });
});

test.each([
  ['./misspelt.mjs', /must export dataConverter, an object with payloadCodecs.*; it exports dataConvertor$/],
  ['./misspelt-default.mjs', /must export dataConverter.*; it exports default \(with dataConvertor\)$/],
  ['./misspelt.cjs', /must export dataConverter.*; it exports dataConvertor, default \(with dataConvertor\)$/],
  ['./misspelt-whole.cjs', /must export dataConverter.*; it exports default \(with payloadCodec\)$/],
  [
    './misspelt-field.cjs',
    /dataConverter of the module .* must be .*: payloadCodec is not a field of a data converter/,
  ],
  ['./one-unknown-field.mjs', /failureConvertorPath is not a field of a data converter/],
  ['./nothing.cjs', /must export dataConverter.*; it exports default \(with nothing\)$/],
  ['./null.mjs', /dataConverter .* must be an object with .*: it is null$/],
  ['./empty.mjs', /: it has none of these fields$/],
  ['./no-codecs.mjs', /: payloadCodecs must be a list of codecs/],
  ['./half-a-codec.mjs', /: payloadCodecs must be a list of codecs, each with the functions encode and decode/],
  ['./wrong-path.mjs', /: payloadConverterPath must be the path of a module$/],
])('%s is refused, because it would leave payloads unencoded', (module, message) => {
  expect(results[module]?.message).toMatch(message);
  expect(results[module]?.message).toMatch(/^DUVO_DATA_CONVERTER: /);
  expect(results[module]?.message).toContain(module);
});
