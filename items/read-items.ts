import type { HeadersInit } from 'undici';
import { readCsvItems } from './formats/csv';
import { readJsonItems } from './formats/json-array';
import { readNdjsonItems } from './formats/ndjson';
import { type ItemFormat, openSource, type OpenedSource } from './sources/open-source';
import { BatchSourceError } from './errors/source-error';
import type { LocatedItem } from './formats/parse-item';

export interface ItemSourceOptions {
  /** @default from the extension (.csv, .tsv, .ndjson, .jsonl, .json), otherwise from the server's Content-Type */
  format?: ItemFormat;
  /** Delimiter of CSV. @default ',', and a tab for .tsv */
  delimiter?: string;
  /** Headers of the request for a URL. */
  headers?: HeadersInit;
  /** Aborts the request for a URL. */
  signal?: AbortSignal;
}

/** A source of items: a path, an http or https URL, or bytes (with `format`). */
export type ItemSource = string | AsyncIterable<Uint8Array>;

/**
 * Reads items one by one, as the caller iterates. Neither the source nor the list of items is in memory as a whole.
 *
 * @throws BatchSourceError that names the source and the line
 */
export async function* readItems(source: ItemSource, options: ItemSourceOptions = {}): AsyncGenerator<LocatedItem> {
  const { headers, signal } = options;
  const open: OpenedSource =
    typeof source === 'string' ? await openSource(source, { headers, signal }) : { name: 'the input', bytes: source };
  const { name, bytes } = open;
  switch (options.format ?? open.format) {
    case 'csv':
      yield* readCsvItems(name, bytes, options.delimiter ?? open.delimiter);
      break;
    case 'ndjson':
      yield* readNdjsonItems(name, bytes);
      break;
    case 'json':
      yield* readJsonItems(name, bytes);
      break;
    default:
      throw new BatchSourceError(name, 'has no known format: give the format (csv, ndjson or json)');
  }
}
