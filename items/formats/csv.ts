import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { BatchSourceError } from '../errors/source-error';
import { MAX_ITEM_CHARS, type LocatedItem, decodeUtf8 } from './parse-item';

const CSV_PROBLEMS: Record<string, string> = {
  CSV_RECORD_INCONSISTENT_COLUMNS: 'has another number of fields than the first line has names',
  CSV_QUOTE_NOT_CLOSED: 'a quote opens on this line or before it and is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a closing quote is followed by text: double the quotes inside a field',
  INVALID_OPENING_QUOTE: 'an unquoted field contains a quote: quote the field and double the quote',
  CSV_MAX_RECORD_SIZE: 'is too long, or a quote before it is never closed',
};

/** Reads rows as objects whose fields have the names in the first line. All values are strings. Skips blank lines. */
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
    if (seen.has(name))
      throw new BatchSourceError(source, `column ${at + 1} has the same name as an earlier column`, 1);
    seen.add(name);
  }
  return names;
}
