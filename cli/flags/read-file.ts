import { readFileSync } from 'node:fs';
import { parse as parseLossless } from 'lossless-json';
import { parseDocument } from 'yaml';
import { UsageError } from '../exit-codes';
import { parseExactJson, requireExactNumbers } from './exact-json';
import { locateOffset } from './locate-field';

/** Reads a file that a flag or an argument names. @throws UsageError */
export function readTextFile(path: string, flag = ''): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new UsageError(`${flag && `${flag}: `}${path}: cannot be read (${code})`);
  }
}

/**
 * Reads a JSON object from a file. The error message does not show the content, which may be private. @throws
 * UsageError
 */
export function readJsonFile(path: string, flag: string): Record<string, unknown> {
  const text = readTextFile(path, flag);
  let value: unknown;
  try {
    value = parseExactJson(text, `${flag}: ${path}`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${flag}: ${path}${locateJsonError(text)}: is not JSON`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new UsageError(`${flag}: ${path}: must hold a JSON object`);
}

/**
 * Reads a YAML or JSON file (JSON is a subset of YAML). The error message has the place, but not the content. @throws
 * UsageError
 */
export function readYamlFile(path: string): unknown {
  const text = readTextFile(path);
  try {
    const document = parseDocument(text, { prettyErrors: false });
    for (const error of document.errors) throw error;
    requireExactNumbers(document, path);
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code = 'not YAML', pos } = error as { code?: string; pos?: [number, number] };
    throw new UsageError(`${path}${pos ? locateOffset(text, pos[0]) : ''}: is not YAML or JSON (${code})`);
  }
}

/** Returns the place of the first error in a text that is not JSON. The parser of Node does not always report it. */
function locateJsonError(text: string): string {
  try {
    parseLossless(text);
  } catch (error) {
    const [, offset] = /at position (\d+)/.exec((error as Error).message) ?? [];
    if (offset !== undefined) return locateOffset(text, Number(offset));
  }
  return '';
}
