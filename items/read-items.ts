import type { HeadersInit } from 'undici';
import { csvItems } from './csv';
import { jsonItems } from './json-array';
import { ndjsonItems } from './ndjson';
import { type ItemFormat, openSource, type OpenSource } from './open-source';
import { BatchSourceError } from './source-error';
import type { ReadItem } from './text';

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
export async function* readItems(source: ItemSource, options: ItemSourceOptions = {}): AsyncGenerator<ReadItem> {
  const { headers, signal } = options;
  const open: OpenSource =
    typeof source === 'string' ? await openSource(source, { headers, signal }) : { name: 'the input', bytes: source };
  const { name, bytes } = open;
  switch (options.format ?? open.format) {
    case 'csv':
      yield* csvItems(name, bytes, options.delimiter ?? open.delimiter);
      break;
    case 'ndjson':
      yield* ndjsonItems(name, bytes);
      break;
    case 'json':
      yield* jsonItems(name, bytes);
      break;
    default:
      throw new BatchSourceError(name, 'nobody can tell what it is: give the format (csv, ndjson or json)');
  }
}
