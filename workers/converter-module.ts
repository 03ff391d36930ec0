import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';

/** All fields of a data converter. An object without one of them changes nothing, so every payload would stay readable. */
const FIELDS = ['payloadCodecs', 'payloadConverterPath', 'failureConverterPath', 'externalStorage'] as const;
const EXPECTED = 'an object with payloadCodecs, payloadConverterPath or failureConverterPath';

type Exports = Record<string, unknown>;

/**
 * Loads the module of `DUVO_DATA_CONVERTER`. An ES module has the converter as its export `dataConverter` or as its default
 * export, a CommonJS module as `exports.dataConverter` or as `module.exports`.
 *
 * @param module a path, or the name of a package; resolved as a module in the current directory would resolve it
 * @throws Error when the module has no usable converter. A converter that is found in part would leave payloads unencoded.
 */
export async function importConverter(module: string): Promise<DataConverter> {
  let exported: Exports;
  try {
    exported = (await import(createRequire(join(process.cwd(), 'index.js')).resolve(module))) as Exports;
  } catch (error) {
    throw converterError(`the module ${module} could not be loaded: ${(error as Error).message}`, error);
  }
  const found = findConverter(exported);
  if (!found)
    throw converterError(
      `the module ${module} must export dataConverter, ${EXPECTED}; it exports ${describe(exported)}`,
    );
  const problem = findProblem(found.converter);
  if (problem) throw converterError(`${found.name} of the module ${module} must be ${EXPECTED}: ${problem}`);
  return found.converter as DataConverter;
}

function findConverter(exported: Exports): { name: string; converter: unknown } | undefined {
  const { default: byDefault } = exported;
  // `import()` returns module.exports of a CommonJS module as the default export. A compiler that makes CommonJS of an ES
  // module puts the default export into a field of module.exports.
  for (const place of [exported, byDefault].filter(isObject))
    if ('dataConverter' in place) return { name: 'dataConverter', converter: place['dataConverter'] };
  const converter = isObject(byDefault) && '__esModule' in byDefault ? byDefault['default'] : byDefault;
  if (!isObject(converter)) return undefined;
  return FIELDS.some((field) => field in converter) ? { name: 'the default export', converter } : undefined;
}

/** Returns what is wrong with a converter, without its values, which may hold keys. */
function findProblem(converter: unknown): string | undefined {
  if (!isObject(converter)) return `it is ${converter === null ? 'null' : typeof converter}`;
  const unknown = Object.keys(converter).find((field) => !FIELDS.some((known) => known === field));
  if (unknown !== undefined) return `${unknown} is not a field of a data converter`;
  const { payloadCodecs: codecs } = converter;
  if (codecs !== undefined && !(Array.isArray(codecs) && codecs.length > 0 && codecs.every(isCodec)))
    return 'payloadCodecs must be a list of codecs, each with the functions encode and decode, and not empty';
  const wrongPath = (['payloadConverterPath', 'failureConverterPath'] as const).find(
    (field) => converter[field] !== undefined && typeof converter[field] !== 'string',
  );
  if (wrongPath) return `${wrongPath} must be the path of a module`;
  return FIELDS.some((field) => converter[field] !== undefined) ? undefined : 'it has none of these fields';
}

function isCodec(codec: unknown): boolean {
  return isObject(codec) && typeof codec['encode'] === 'function' && typeof codec['decode'] === 'function';
}

function isObject(value: unknown): value is Exports {
  return typeof value === 'object' && value !== null;
}

/** Returns the names of the exports, and the fields of the default export, where a misspelt name is. */
function describe(exported: Exports): string {
  const names = Object.keys(exported).filter((name) => name !== 'module.exports' && name !== '__esModule');
  const { default: byDefault } = exported;
  const described = names.map((name) =>
    name === 'default' && isObject(byDefault) ? `default (with ${listNames(Object.keys(byDefault))})` : name,
  );
  return listNames(described);
}

function listNames(names: string[]): string {
  return names.join(', ') || 'nothing';
}

function converterError(problem: string, cause?: unknown): Error {
  return new Error(`DUVO_DATA_CONVERTER: ${problem}`, { cause });
}
