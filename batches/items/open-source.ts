import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { fetch, type HeadersInit } from 'undici';
import { BatchSourceError } from './source-error';

export type ItemFormat = 'csv' | 'ndjson' | 'json';

/** Bytes of items, with what is known of them. */
export interface OpenSource {
  /** For errors: without user, password and query of a URL. */
  name: string;
  format?: ItemFormat;
  /** What a file's name says of its CSV. */
  delimiter?: string;
  bytes: AsyncIterable<Uint8Array>;
}

const FORMATS: Record<string, ItemFormat> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/json': 'json',
};

export const isUrl = (source: string): boolean => /^https?:\/\//i.test(source);

/** Opens a file, or an http or https URL. Nothing is read before it is asked for. @throws BatchSourceError */
export async function openSource(source: string, headers?: HeadersInit): Promise<OpenSource> {
  return isUrl(source) ? openUrl(new URL(source), headers) : openFile(source);
}

function openFile(path: string): OpenSource {
  const stream = createReadStream(path);
  return { name: path, ...named(path), bytes: readable(path, stream) };
}

async function openUrl(url: URL, headers?: HeadersInit): Promise<OpenSource> {
  const name = `${url.origin}${url.pathname}`;
  let response: Awaited<ReturnType<typeof fetch>>;
  try {
    response = await fetch(url, { headers });
  } catch (error) {
    throw unreadable(name, error);
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new BatchSourceError(name, `the server answered ${response.status}`);
  }
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const known = named(url.pathname);
  return {
    name,
    ...(FORMATS[type] && { format: FORMATS[type] }),
    ...(type.includes('tab-') && { delimiter: '\t' }),
    ...known,
    bytes: readable(name, response.body as AsyncIterable<Uint8Array>),
  };
}

function named(path: string): Pick<OpenSource, 'format' | 'delimiter'> {
  const extension = extname(path).toLowerCase();
  const format = FORMATS[extension];
  return { ...(format && { format }), ...(extension === '.tsv' && { delimiter: '\t' }) };
}

async function* readable(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, error: unknown): BatchSourceError {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  const why = code ?? cause?.code;
  if (why === 'ENOENT') return new BatchSourceError(name, 'there is no such file');
  return new BatchSourceError(name, `cannot be read${typeof why === 'string' ? ` (${why})` : ''}`);
}
