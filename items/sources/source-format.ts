import { extname } from 'node:path';

export type ItemFormat = 'csv' | 'ndjson' | 'json';

/** What the name of a source, or the server that sends it, declares. */
export interface DeclaredFormat {
  format?: ItemFormat;
  /** A tab for `.tsv`. */
  delimiter?: string;
}

const FORMATS: Record<string, ItemFormat> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/json': 'json',
};

export function formatFromPath(path: string): DeclaredFormat {
  const extension = extname(path).toLowerCase();
  return declaredFormat(FORMATS[extension], extension === '.tsv');
}

/** A Content-Type that names no format of items, such as `text/plain`, returns `{}`. */
export function formatFromContentType(contentType: string | null): DeclaredFormat {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return declaredFormat(FORMATS[type], type.includes('tab-'));
}

export function isHtml(contentType: string | null): boolean {
  return /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType ?? '');
}

function declaredFormat(format: ItemFormat | undefined, hasTabs: boolean): DeclaredFormat {
  return { ...(format && { format }), ...(hasTabs && { delimiter: '\t' }) };
}
