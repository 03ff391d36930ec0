import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { BatchSourceError } from './source-error';
import { MAX_ITEM_CHARS, type LocatedItem, decodeUtf8 } from './parse-item';

const CSV_PROBLEMS: Record<string, string> = {
  CSV_RECORD_INCONSISTENT_COLUMNS: 'has not as many fields as the first line has names',
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened here, or before, and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'something stands behind a closing quote: double the quotes inside a field',
  INVALID_OPENING_QUOTE: 'a quote stands inside a field that is not quoted: quote the field, and double it',
  CSV_MAX_RECORD_SIZE: 'is too long, or a quote before it is never closed',
};

/** Rows with the names of the first line. All fields are text; blank lines do not count. */
export async function* readCsvItems(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  delimiter = ',',
): AsyncGenerator<LocatedItem> {
  const source = Readable.from(decodeUtf8(name, bytes));
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: MAX_ITEM_CHARS,
    columns: (names: string[]) => checkColumnNames(name, names),
  });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let line = 2;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: unknown; info: { lines: number } }>) {
      yield { item: record, line };
      line = info.lines + 1;
    }
  } catch (error) {
    if ((error as Error).name !== 'CsvError' && !(error as Partial<CsvError>).code?.startsWith('CSV_')) throw error;
    const { code, lines } = error as CsvError & { lines?: number };
    throw new BatchSourceError(name, CSV_PROBLEMS[code] ?? `is not CSV (${code})`, lines ?? line);
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function checkColumnNames(source: string, names: string[]): string[] {
  const seen = new Set<string>();
  for (const [at, name] of names.entries()) {
    if (name.trim() === '') throw new BatchSourceError(source, `column ${at + 1} has no name`, 1);
    if (seen.has(name)) throw new BatchSourceError(source, `column ${at + 1} has the name of an earlier one`, 1);
    seen.add(name);
  }
  return names;
}
