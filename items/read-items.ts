import type { HeadersInit } from 'undici';
import { readCsvItems } from './csv';
import { readJsonItems } from './json-array';
import { readNdjsonItems } from './ndjson';
import { type ItemFormat, openSource, type OpenedSource } from './open-item-source';
import { BatchSourceError } from './source-error';
import type { LocatedItem } from './parse-item';

export interface ItemSourceOptions {
  /** @default by the name's extension (.csv, .tsv, .ndjson, .jsonl, .json), else by the server's Content-Type */
  format?: ItemFormat;
  /** Of CSV. @default ',' (of .tsv, a tab) */
  delimiter?: string;
  /** Sent with the request for a URL. */
  headers?: HeadersInit;
  /** Breaks off the request for a URL. */
  signal?: AbortSignal;
}

/** Where items are read from: a path, an http or https URL, or bytes (with `format`). */
export type ItemSource = string | AsyncIterable<Uint8Array>;

/**
 * Reads items one after another, as they are asked for: neither the source nor the items are ever held as a whole.
 *
 * @throws BatchSourceError with the line
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
      throw new BatchSourceError(name, 'nobody can tell what it is: give the format (csv, ndjson or json)');
  }
}
