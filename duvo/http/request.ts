import { DuvoTooLargeError } from '../errors/error-classes';
import { inputError, notSentFacts } from '../errors/input-error';
import { MAX_IDEMPOTENCY_KEY_CHARS, MAX_REQUEST_BYTES } from '../model/limits';
import { isObject, type JsonObject, type OperationInfo } from '../model/operation';

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
  upload?: UploadBody;
}

/** A body that is too large to be held in memory. */
export interface UploadBody {
  /** Content type. */
  contentType: string;
  /** Bytes of the whole. */
  contentLength: number;
  /** The bytes, from the first one at each call: a request may be sent again. */
  read: () => AsyncIterable<Uint8Array>;
}

export type QueryParameters = Record<string, string | number | undefined>;

/** Fills in a path template and a query. What is `undefined` is left out. */
export function buildReadRequest(
  about: OperationInfo,
  ids: Record<string, string>,
  query: QueryParameters = {},
): OperationRequest {
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

/** A request that changes something. @throws DuvoInvalidInputError, DuvoTooLargeError: nothing was sent */
export function buildMutationRequest(
  about: OperationInfo,
  ids: Record<string, string>,
  body: JsonObject | undefined,
  idempotencyKey: string,
): OperationRequest {
  const key: unknown = idempotencyKey;
  if (
    typeof key !== 'string' ||
    key.length > MAX_IDEMPOTENCY_KEY_CHARS ||
    !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(key)
  ) {
    const rule = `1 to ${MAX_IDEMPOTENCY_KEY_CHARS} printable ASCII characters, without a space at its ends`;
    throw inputError(about, 'idempotencyKey', `must be ${rule}`);
  }
  const request: OperationRequest = { ...buildReadRequest(about, ids), idempotencyKey };
  if (body === undefined) return request;
  const text = toJson(about, body);
  // A character is at least one byte and at most three: most texts need no counting.
  if (text.length * 3 > MAX_REQUEST_BYTES && Buffer.byteLength(text) > MAX_REQUEST_BYTES) {
    const field = largestField(body);
    const note = `${field} is too large: the request may have ${MAX_REQUEST_BYTES} bytes as JSON`;
    throw new DuvoTooLargeError({ ...notSentFacts(about), field }, note);
  }
  return { ...request, body, text };
}

function toJson(about: OperationInfo, body: JsonObject): string {
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

/**
 * A body with a caller's further fields beside the known ones, where the dialect leaves bodies open.
 *
 * @param body names every field that the library may send, `undefined` where it does not
 * @throws DuvoInvalidInputError for another dialect, and for a field that would replace a known one
 */
export function withExtraFields(
  about: OperationInfo,
  isAllowed: boolean,
  body: JsonObject,
  extraFields: unknown,
): JsonObject {
  if (extraFields === undefined) return body;
  if (!isObject(extraFields)) throw inputError(about, 'extraFields', 'must be an object');
  if (!isAllowed)
    throw inputError(about, 'extraFields', 'is for dialect v1 only: the document of v2 lists every field');
  for (const name of Object.keys(extraFields)) {
    if (Object.hasOwn(body, name)) {
      throw inputError(about, `extraFields.${name}`, 'is a field that this library sends: use its own argument');
    }
  }
  return { ...body, ...extraFields };
}
