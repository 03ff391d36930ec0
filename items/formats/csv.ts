import { Readable } from 'node:stream';
import { CsvError, type Options, parse } from 'csv-parse';
import { BatchSourceError } from '../errors/source-error';
import { checkHeader, type CsvOptions, cutSeparatorLine, describeDelimiter } from './csv-header';
import { LineStarts } from './lines';
import { MAX_ITEM_CHARS, type LocatedItem } from './parse-item';

const CSV_PROBLEMS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote opens on this line or after it and is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a closing quote is followed by text: double the quotes inside a field',
  INVALID_OPENING_QUOTE: 'an unquoted field contains a quote: quote the whole field and double the quote',
  CSV_MAX_RECORD_SIZE: 'is too long, or a quote is never closed',
};

const LOOKS_LIKE_JSON = /^\s*(\[\s*[[{"\]]|\{\s*["}])/;

const HEADER_AGAIN =
  'repeats the header, as when files are joined: remove this line, or rename the columns when it is an item';

/**
 * Reads rows as objects whose fields have the names in the first line. All values are strings. Skips blank lines and rows
 * of empty cells. A row begins on the line that its error names.
 */
export async function* readCsvItems(
  name: string,
  texts: AsyncIterable<string>,
  options: CsvOptions = {},
): AsyncGenerator<LocatedItem> {
  const iterator = texts[Symbol.asyncIterator]();
  const { delimiter, rest } = cutSeparatorLine(((await iterator.next()) as { value?: string }).value ?? '');
  if (!options.isFormatGiven && LOOKS_LIKE_JSON.test(rest))
    throw new BatchSourceError(name, 'begins like JSON, not like CSV: give the format (json or ndjson)', 1);
  const lines = new LineStarts(delimiter === undefined ? 1 : 2);
  const toBytes = (text: string): Buffer => {
    const bytes = Buffer.from(text);
    lines.add(bytes);
    return bytes;
  };
  async function* toParse(): AsyncGenerator<Buffer> {
    yield toBytes(rest);
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield toBytes(next.value);
  }
  yield* parseRows(name, toParse(), lines, { ...options, delimiter: options.delimiter ?? delimiter });
}

async function* parseRows(
  name: string,
  bytes: AsyncIterable<Buffer>,
  lines: LineStarts,
  options: CsvOptions,
): AsyncGenerator<LocatedItem> {
  let names: string[] | undefined;
  let recordEnd = 0;
  /** csv-parse calls this function for each record before it reads on, so an error of the next record has its line. */
  const toItem = (cells: string[], info: { bytes: number }): LocatedItem | undefined => {
    const line = lines.lineFrom(recordEnd);
    recordEnd = info.bytes;
    if (cells.every((cell) => cell.trim() === '')) return undefined;
    if (!names) {
      checkHeader(name, cells, options, line);
      names = cells;
      return undefined;
    }
    if (isHeaderAgain(cells, names)) throw new BatchSourceError(name, HEADER_AGAIN, line);
    if (cells.length !== names.length)
      throw new BatchSourceError(name, describeCount(cells.length, names.length, options.delimiter), line);
    return { item: Object.fromEntries(names.map((field, at) => [field, cells[at]])), line };
  };
  const source = Readable.from(bytes);
  const parser = parse({
    delimiter: options.delimiter ?? ',',
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ITEM_CHARS,
    // The library's types expect that a record stays an array.
    on_record: toItem as unknown as Options['on_record'],
  });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    yield* parser as AsyncIterable<LocatedItem>;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new BatchSourceError(name, CSV_PROBLEMS[error.code] ?? 'is not CSV', lines.lineFrom(recordEnd));
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function describeCount(cells: number, names: number, delimiter: string | undefined): string {
  const problem = `has ${cells} fields; the header has ${names}`;
  if (cells < names) return problem;
  return `${problem}: quote a value that contains ${describeDelimiter(delimiter ?? ',')}`;
}

/** Whether a row repeats the header. The second of two joined files may begin with a byte order mark. */
function isHeaderAgain(cells: readonly string[], names: readonly string[]): boolean {
  return cells.length === names.length && cells.every((cell, at) => cell.replace(/^\uFEFF/, '') === names[at]);
}
