import { readFileSync } from 'node:fs';
import { parse as parseLossless } from 'lossless-json';
import { parseDocument } from 'yaml';
import { UsageError } from '../exit-codes';
import { describeFileError } from './file-error';
import { parseExactJson, requireExactNumbers } from './exact-json';
import { locateOffset } from './locate-field';

/** Reads a file that a flag or an argument names. @throws UsageError */
export function readTextFile(path: string, flag = ''): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${flag && `${flag}: `}${path}: cannot be read: ${describeFileError(error)}`);
  }
}

/**
 * Reads a JSON object from a file. The error message does not show the content, which may be private. @throws
 * UsageError
 */
export function readJsonFile(path: string, flag: string): Record<string, unknown> {
  const text = readTextFile(path, flag);
  if (text.trim() === '') throw new UsageError(`${flag}: ${path}: is empty: write a JSON object into it`);
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

/** The mistakes in YAML that people make most, by the code of the parser. Its own messages quote the content. */
const YAML_PROBLEMS: Record<string, string> = {
  BAD_ALIAS: 'a text that begins with * must be in quotes',
  BAD_INDENT: 'the indentation differs from that of the lines before it',
  DUPLICATE_KEY: 'the key is written twice: remove one, or give it another name',
  MISSING_CHAR: 'a character is missing, such as a closing quotation mark or bracket',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line: check for a colon that is missing',
  TAB_AS_INDENT: 'a tab is used for indentation: use spaces',
};

/**
 * Reads a YAML or JSON file (JSON is a subset of YAML). The error message has the place, but not the content. @throws
 * UsageError
 */
export function readYamlFile(path: string): unknown {
  const text = readTextFile(path);
  if (text.trim() === '') throw new UsageError(`${path}: is empty: write YAML or JSON into it`);
  try {
    const document = parseDocument(text, { prettyErrors: false });
    for (const error of document.errors) throw error;
    requireExactNumbers(document, path);
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code = 'not YAML', pos } = error as { code?: string; pos?: [number, number] };
    throw new UsageError(
      `${path}${pos ? locateOffset(text, pos[0]) : ''}: is not YAML or JSON: ${YAML_PROBLEMS[code] ?? code}`,
    );
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
