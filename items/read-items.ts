import type { HeadersInit } from 'undici';
import { readCsvItems } from './formats/csv';
import { decodeText } from './formats/decode-text';
import { readJsonItems } from './formats/json-array';
import { readNdjsonItems } from './formats/ndjson';
import type { LocatedItem } from './formats/parse-item';
import { type ItemSource, openSource, type OpenedSource } from './sources/open-source';
import type { SourceAccess } from './sources/source-access';
import type { ItemFormat } from './sources/source-format';
import { BatchSourceError } from './errors/source-error';

export interface ItemSourceOptions {
  /** @default from the server's Content-Type, otherwise from the extension (.csv, .tsv, .ndjson, .jsonl, .json) */
  format?: ItemFormat;
  /** Delimiter of CSV. @default the one in a first line `sep=;`, otherwise ',', and a tab for .tsv */
  delimiter?: string;
  /** Columns that a CSV file must have. @default none */
  requiredFields?: readonly string[];
  /** Headers of the request for a URL. They are sent to the origin of the URL only. */
  headers?: HeadersInit;
  /** Aborts the request for a URL. */
  signal?: AbortSignal;
  /** What may be read. @default everything that this process can read */
  access?: SourceAccess;
}

/**
 * Reads items one by one, as the caller iterates. Neither the source nor the list of items is in memory as a whole.
 *
 * @throws BatchSourceError that names the source and the line
 */
export async function* readItems(source: ItemSource, options: ItemSourceOptions = {}): AsyncGenerator<LocatedItem> {
  const { format, headers, signal, access } = options;
  const open: OpenedSource =
    typeof source === 'string'
      ? await openSource(source, { headers, signal, access, isFormatGiven: format !== undefined })
      : { name: 'the input', bytes: source };
  const failures = new SourceFailures();
  try {
    yield* parseItems(open, failures.record(open.bytes), options);
  } catch (error) {
    if (error instanceof BatchSourceError || failures.includes(error)) throw error;
    // The message of an unknown error of a parser may quote the content.
    throw new BatchSourceError(open.name, 'cannot be parsed');
  } finally {
    open.close?.();
  }
}

async function* parseItems(
  { name, format: knownFormat, delimiter: knownDelimiter }: OpenedSource,
  bytes: AsyncIterable<Uint8Array>,
  { format, delimiter = knownDelimiter, requiredFields }: ItemSourceOptions,
): AsyncGenerator<LocatedItem> {
  const texts = decodeText(name, bytes);
  switch (format ?? knownFormat) {
    case 'csv':
      yield* readCsvItems(name, texts, { delimiter, requiredFields, isFormatGiven: format !== undefined });
      break;
    case 'ndjson':
      yield* readNdjsonItems(name, texts);
      break;
    case 'json':
      yield* readJsonItems(name, texts);
      break;
    default:
      // The beginning may show more: a missing file, a folder, or a workbook.
      await texts.next();
      throw new BatchSourceError(
        name,
        'has no known format: give csv, ndjson or json as the format (--format, format)',
      );
  }
}

/** Distinguishes an error of the caller's own stream, which passes unchanged, from an error of a parser. */
class SourceFailures {
  private readonly errors = new Set<unknown>();

  async *record(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes;
    } catch (error) {
      this.errors.add(error);
      throw error;
    }
  }

  includes(error: unknown): boolean {
    return this.errors.has(error);
  }
}
