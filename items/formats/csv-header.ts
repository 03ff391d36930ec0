import { BatchSourceError } from '../errors/source-error';

/** What a caller knows about a CSV file. */
export interface CsvOptions {
  /** @default the delimiter of the file's first line when that is `sep=;`, otherwise a comma */
  delimiter?: string;
  /** Names of the columns that the batch needs. */
  requiredFields?: readonly string[];
  /** Whether the caller gave the format, so that a text which looks like another format is CSV all the same. */
  isFormatGiven?: boolean;
}

/** Delimiters that programs write in place of a comma. */
const USUAL_DELIMITERS: Record<string, string> = { ';': "';'", '\t': 'a tab', '|': "'|'", ',': 'a comma' };
const MAX_SHOWN_COLUMNS = 20;
const MAX_SHOWN_CHARS = 40;

/** Cuts Excel's first line `sep=;` from a text, and returns the delimiter that it names. */
export function cutSeparatorLine(text: string): { delimiter?: string; rest: string } {
  const line = /^"?sep=(.)"?(?:\r\n|\n|\r|$)/i.exec(text);
  return line?.[1] ? { delimiter: line[1], rest: text.slice(line[0].length) } : { rest: text };
}

/** @throws BatchSourceError when columns have no name, equal names, or lack a field that the batch needs */
export function checkHeader(
  source: string,
  names: readonly string[],
  { delimiter, requiredFields = [] }: CsvOptions,
  line: number,
): void {
  const fail = (problem: string, note?: string) => {
    throw new BatchSourceError(source, problem, line, 'invalid', note);
  };
  const other = names.length === 1 ? Object.keys(USUAL_DELIMITERS).find((one) => names[0]?.includes(one)) : undefined;
  const missing = requiredFields.find((field) => !names.includes(field));
  const flag = other === '\t' ? '\\t' : other;
  const hint = other
    ? `; if ${describeDelimiter(other)} separates the columns, give the delimiter (--delimiter '${flag}')`
    : '';
  if (missing !== undefined) {
    const similar = names.find((name) => toComparable(name) === toComparable(missing));
    const note = similar === undefined ? '' : `did you mean ${JSON.stringify(similar.slice(0, MAX_SHOWN_CHARS))}? `;
    fail(`has no column ${JSON.stringify(missing)}, which the batch needs${hint}`, `${note}${describeColumns(names)}`);
  }
  // A caller that gave the delimiter wants it, even when a single column is the result.
  if (other && delimiter === undefined) fail(`has only one column${hint}`, describeColumns(names));
  const seen = new Set<string>();
  for (const [at, name] of names.entries()) {
    if (name.trim() === '') fail(`column ${at + 1} has no name`);
    if (seen.has(name)) fail(`column ${at + 1} has the same name as an earlier column`);
    seen.add(name);
  }
}

/** Names that differ only in case, spaces, hyphens and underscores are probably meant to be one. */
const toComparable = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '');

export const describeDelimiter = (delimiter: string): string => USUAL_DELIMITERS[delimiter] ?? `'${delimiter}'`;

function describeColumns(names: readonly string[]): string {
  // JSON shows control characters as escape sequences, which a terminal does not obey.
  const shown = names.slice(0, MAX_SHOWN_COLUMNS).map((name) => JSON.stringify(name.slice(0, MAX_SHOWN_CHARS)));
  const more = names.length - shown.length;
  return `its columns are ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
