import { DuvoInputError, DuvoTooLargeError } from '../errors/errors';
import type { DuvoErrorFacts } from '../errors/error';
import { MAX_IDEMPOTENCY_KEY_LENGTH, MAX_REQUEST_BYTES } from './limits';
import type { About, JsonObject } from '../operation';

/** A checked request, ready to be sent. */
export interface OperationRequest {
  /** Path and query, encoded, without the base path. */
  path: string;
  /** What is sent, before it became text. */
  body?: JsonObject;
  /** The JSON text of `body`. */
  text?: string;
  idempotencyKey?: string;
  /** What is sent instead of text. */
  upload?: Upload;
}

/** A body that is too large to be held in memory. */
export interface Upload {
  /** Content type. */
  type: string;
  /** Bytes of the whole. */
  length: number;
  /** The bytes, from the first one at each call: a request may be sent again. */
  read: () => AsyncIterable<Uint8Array>;
}

export type Query = Record<string, string | number | undefined>;

/** Fills in a path template and a query. What is `undefined` is left out. */
export function readRequest(about: About, ids: Record<string, string>, query: Query = {}): OperationRequest {
  let path = about.path;
  for (const [name, value] of Object.entries(ids)) path = path.replace(`{${name}}`, encodeURIComponent(value));
  let separator = '?';
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    path += `${separator}${name}=${encodeURIComponent(value)}`;
    separator = '&';
  }
  return { path };
}

/** A request that changes something. @throws DuvoInputError, DuvoTooLargeError: nothing was sent */
export function mutation(
  about: About,
  ids: Record<string, string>,
  body: JsonObject | undefined,
  idempotencyKey: string,
): OperationRequest {
  const key: unknown = idempotencyKey;
  if (
    typeof key !== 'string' ||
    key.length > MAX_IDEMPOTENCY_KEY_LENGTH ||
    !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(key)
  ) {
    const rule = `1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} printable ASCII characters, without a space at its ends`;
    throw inputError(about, 'idempotencyKey', `must be ${rule}`);
  }
  const request: OperationRequest = { ...readRequest(about, ids), idempotencyKey };
  if (body === undefined) return request;
  const text = toJson(about, body);
  // A character is at least one byte and at most three: most texts need no counting.
  if (text.length * 3 > MAX_REQUEST_BYTES && Buffer.byteLength(text) > MAX_REQUEST_BYTES) {
    const field = largestField(body);
    const note = `${field} is too large: the request may have ${MAX_REQUEST_BYTES} bytes as JSON`;
    throw new DuvoTooLargeError({ ...nothingSent(about), field }, note);
  }
  return { ...request, body, text };
}

/** The error of a bad argument. The argument's value is not shown. */
export function inputError(about: About, field: string, what: string, reached: 'no' | 'maybe' = 'no'): DuvoInputError {
  return new DuvoInputError({ ...nothingSent(about), reached, field }, `the argument ${field} ${what}`);
}

export function nothingSent({ name, method, path }: About): DuvoErrorFacts {
  return { operation: name, method, path, reached: 'no' };
}

function toJson(about: About, body: JsonObject): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw inputError(about, 'input', 'holds what JSON does not have: a circle, or a BigInt');
  }
}

function largestField(body: JsonObject): string {
  const sizes = Object.entries(body).map(([name, value]) => ({ name, size: JSON.stringify(value ?? '').length }));
  return sizes.reduce((largest, one) => (one.size > largest.size ? one : largest), { name: 'body', size: 0 }).name;
}
