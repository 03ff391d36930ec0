import { safeCode, safeFieldPath, safeIdentifier, type Sent } from './sanitize';
import { isObject } from '../dialects/read';

/** What may be shown of an error's body. The server's own sentences are not: they may echo what was sent. */
export interface ErrorBody {
  code?: string;
  requestId?: string;
  /** Fields that the server finds invalid, at most 5. */
  fields: string[];
}

const MOST_FIELDS = 5;

/**
 * Reads `{code, message, request_id, details?}` (v1), `{error, message?}` (v2) and problem+json (RFC 9457). HTML, an
 * empty body or anything else that a proxy may send gives nothing, and is no error.
 */
export function readErrorBody(text: string | undefined, sent: Sent): ErrorBody {
  const body = parse(text);
  if (body === undefined) return { fields: [] };
  const nested = isObject(body['error']) ? body['error'] : {};
  const codes = [body['code'], body['error'], nested['code'], problemType(body['type'])];
  const details = [body['details'], body['errors'], body['invalid_params'], body['invalid-params'], nested['details']];
  return {
    code: firstSafe(codes, safeCode, sent),
    requestId: firstSafe([body['request_id'], body['requestId'], nested['request_id']], safeIdentifier, sent),
    fields: [...new Set(details.flatMap((detail) => fieldsOf(detail, sent)))].slice(0, MOST_FIELDS),
  };
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text ?? '');
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function firstSafe(values: unknown[], screen: typeof safeCode, sent: Sent): string | undefined {
  for (const value of values) {
    const safe = screen(value, sent);
    if (safe !== undefined) return safe;
  }
  return undefined;
}

/** `https://errors.example/problems/out-of-credit` is the code `out-of-credit`; `about:blank` is none. */
function problemType(type: unknown): unknown {
  return typeof type === 'string' && type !== 'about:blank' ? type.split(/[/#:]/).at(-1) : undefined;
}

/** A list of `{field}` (or `path`, `loc`, `param`, `name`, `pointer`), one such, or an object by field. */
function fieldsOf(detail: unknown, sent: Sent): string[] {
  if (Array.isArray(detail)) return detail.slice(0, MOST_FIELDS).flatMap((one) => fieldOf(one, sent) ?? []);
  if (!isObject(detail)) return [];
  const one = fieldOf(detail, sent);
  return one === undefined ? Object.keys(detail).flatMap((name) => safeFieldPath(name, sent) ?? []) : [one];
}

function fieldOf(detail: unknown, sent: Sent): string | undefined {
  if (!isObject(detail)) return undefined;
  const { field, path, loc, param, name, pointer } = detail;
  return safeFieldPath(field ?? path ?? loc ?? param ?? name ?? pointer, sent);
}
