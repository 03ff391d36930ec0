import { DuvoTooLargeError } from '../errors/error-classes';
import { inputError, notSentFacts } from '../errors/input-error';
import { MAX_IDEMPOTENCY_KEY_CHARS, MAX_REQUEST_BYTES } from '../model/limits';
import { isObject, type JsonObject, type OperationInfo } from '../model/operation';

/** A checked request that is ready to send. */
export interface OperationRequest {
  /** Path and query, encoded, without the base path. */
  path: string;
  /** The JSON body as an object. */
  body?: JsonObject;
  /** The JSON text of `body`. */
  text?: string;
  idempotencyKey?: string;
  /** A file upload that is sent instead of a JSON text. */
  upload?: UploadBody;
}

/** A request body that is too large for memory. */
export interface UploadBody {
  contentType: string;
  /** Size of the whole body in bytes. */
  contentLength: number;
  /** Reads the body. Each call starts at the first byte, because a request may be sent again. */
  read: () => AsyncIterable<Uint8Array>;
}

export type QueryParameters = Record<string, string | number | undefined>;

/** Fills in a path template and a query. A query parameter that is `undefined` is left out. */
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

/** Builds a request that changes something. @throws DuvoInvalidInputError, DuvoTooLargeError before anything is sent */
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
    const rule = `1 to ${MAX_IDEMPOTENCY_KEY_CHARS} printable ASCII characters, without a space at the start or the end`;
    throw inputError(about, 'idempotencyKey', `must be ${rule}`);
  }
  const request: OperationRequest = { ...buildReadRequest(about, ids), idempotencyKey };
  if (body === undefined) return request;
  const text = toJson(about, body);
  // A UTF-16 unit has at most three bytes in UTF-8, so most texts need no exact count.
  if (text.length * 3 > MAX_REQUEST_BYTES && Buffer.byteLength(text) > MAX_REQUEST_BYTES) {
    const field = largestField(body);
    const note = `${field} is too large: the whole request may have at most ${MAX_REQUEST_BYTES} bytes as JSON`;
    throw new DuvoTooLargeError({ ...notSentFacts(about), field }, note);
  }
  return { ...request, body, text };
}

function toJson(about: OperationInfo, body: JsonObject): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw inputError(about, 'input', 'cannot be converted to JSON: it holds a circular reference or a BigInt');
  }
}

function largestField(body: JsonObject): string {
  const sizes = Object.entries(body).map(([name, value]) => ({ name, size: JSON.stringify(value ?? '').length }));
  return sizes.reduce((largest, one) => (one.size > largest.size ? one : largest), { name: 'body', size: 0 }).name;
}

/**
 * Adds a caller's extra fields to a body, when the dialect allows extra fields.
 *
 * @param body has a key for every field that the library knows, also when the value is `undefined`
 * @throws DuvoInvalidInputError for a dialect without extra fields, and for a field that would replace a known one
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
    throw inputError(
      about,
      'extraFields',
      'works only in dialect v1, since v2 allows no other fields than the documented ones',
    );
  for (const name of Object.keys(extraFields)) {
    if (Object.hasOwn(body, name)) {
      throw inputError(
        about,
        `extraFields.${name}`,
        'is a field that this library sends itself: use the argument for it',
      );
    }
  }
  return { ...body, ...extraFields };
}
