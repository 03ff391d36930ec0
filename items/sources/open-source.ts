import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { fetch, type HeadersInit } from 'undici';
import { BatchSourceError, type SourceErrorKind } from '../errors/source-error';

export type ItemFormat = 'csv' | 'ndjson' | 'json';

/** A source of items: a path, an http or https URL, or bytes (with `format`). */
export type ItemSource = string | AsyncIterable<Uint8Array>;

/** An opened source: its bytes, and the format that its name or its server declares. */
export interface OpenedSource {
  /** Name for error messages: a URL is without user, password and query. */
  name: string;
  format?: ItemFormat;
  /** Delimiter that the file's extension implies: a tab for `.tsv`. */
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

/** HTTP statuses that a retry may change, besides 5xx. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);
/** System errors that a retry may change. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EIO', 'EBUSY', 'ESTALE', 'ETIMEDOUT']);

export const isUrl = (source: string): boolean => /^https?:\/\//i.test(source);

/** Name of a source for error messages: a URL without user, password and query. */
export function redactedSourceName(source: string): string {
  if (!isUrl(source) || !URL.canParse(source)) return source;
  const { origin, pathname } = new URL(source);
  return `${origin}${pathname}`;
}

/** Opens a file, or an http or https URL. The caller's iteration reads the bytes. @throws BatchSourceError */
export async function openSource(source: string, request: UrlRequestOptions = {}): Promise<OpenedSource> {
  if (!isUrl(source)) return openFile(source);
  if (!URL.canParse(source)) throw new BatchSourceError('the URL', 'is not valid', undefined, 'unreadable');
  return openUrl(new URL(source), request);
}

/** Options of the request for a URL. */
export interface UrlRequestOptions {
  headers?: HeadersInit;
  signal?: AbortSignal;
}

function openFile(path: string): OpenedSource {
  const stream = createReadStream(path);
  return { name: path, ...formatFromPath(path), bytes: withSourceErrors(path, stream, 'unreadable') };
}

async function openUrl(url: URL, request: UrlRequestOptions): Promise<OpenedSource> {
  const name = redactedSourceName(url.href);
  let response: Awaited<ReturnType<typeof fetch>>;
  try {
    response = await fetch(url, request);
  } catch (error) {
    throw toSourceError(name, error, 'interrupted');
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    const { status } = response;
    const kind = status >= 500 || TRANSIENT_STATUSES.has(status) ? 'interrupted' : 'unreadable';
    throw new BatchSourceError(name, `the server answered ${status}`, undefined, kind);
  }
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  const known = formatFromPath(url.pathname);
  return {
    name,
    ...(FORMATS[type] && { format: FORMATS[type] }),
    ...(type.includes('tab-') && { delimiter: '\t' }),
    ...known,
    bytes: withSourceErrors(name, response.body as AsyncIterable<Uint8Array>, 'interrupted'),
  };
}

function formatFromPath(path: string): Pick<OpenedSource, 'format' | 'delimiter'> {
  const extension = extname(path).toLowerCase();
  const format = FORMATS[extension];
  return { ...(format && { format }), ...(extension === '.tsv' && { delimiter: '\t' }) };
}

async function* withSourceErrors(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  kind: SourceErrorKind,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw toSourceError(name, error, kind);
  }
}

function toSourceError(name: string, error: unknown, kind: SourceErrorKind): BatchSourceError {
  const { code, cause } = error as { code?: string; cause?: { code?: string; message?: string } };
  // fetch refuses some ports with an error that has no code.
  const reason = code ?? cause?.code ?? (cause?.message === 'bad port' ? cause.message : undefined);
  if (reason === 'ENOENT') return new BatchSourceError(name, 'there is no such file', undefined, kind);
  const problem = `cannot be read${typeof reason === 'string' ? ` (${reason})` : ''}`;
  return new BatchSourceError(name, problem, undefined, TRANSIENT_CODES.has(reason ?? '') ? 'interrupted' : kind);
}
