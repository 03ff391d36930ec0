import { isObject } from '../model/operation';
import { type RequestSecrets, safeCode, safeFieldPath, safeIdentifier, safeScope } from './safe-server-text';

/** The parts of an error body that are safe to show. Sentences of the server are not safe: they may repeat what was sent. */
export interface ErrorBody {
  /** Whether the body has the form of the API's own error bodies. */
  isApiError: boolean;
  code?: string;
  requestId?: string;
  /** At most 5 fields that the server finds invalid. */
  fields: string[];
}

const MAX_FIELDS = 5;

/**
 * Reads the error bodies `{code, message, request_id, details?}` (v1), `{error, message?}` (v2), problem+json (RFC 9457) and
 * the JSON-RPC error of the hosted MCP server. Other bodies, such as the HTML page of a proxy or an empty body, yield no details.
 */
export function readErrorBody(text: string | undefined, secrets: RequestSecrets): ErrorBody {
  const body = parse(text);
  if (body === undefined) return { isApiError: false, fields: [] };
  const nested = isObject(body['error']) ? body['error'] : {};
  const isJsonRpcError = body['jsonrpc'] === '2.0' && typeof nested['code'] === 'number';
  const codes = [body['code'], body['error'], nested['code'], problemType(body['type'])];
  const details = [body['details'], body['errors'], body['invalid_params'], body['invalid-params'], nested['details']];
  return {
    isApiError: isJsonRpcError || codes.some((code) => typeof code === 'string' && code !== ''),
    code: firstSafe(codes, safeCode, secrets),
    requestId: firstSafe([body['request_id'], body['requestId'], nested['request_id']], safeIdentifier, secrets),
    fields: [...new Set(details.flatMap((detail) => fieldsOf(detail, secrets)))].slice(0, MAX_FIELDS),
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

function firstSafe(values: unknown[], makeSafe: typeof safeCode, secrets: RequestSecrets): string | undefined {
  for (const value of values) {
    const safe = makeSafe(value, secrets);
    if (safe !== undefined) return safe;
  }
  return undefined;
}

/** Returns `out-of-credit` for `https://errors.example/problems/out-of-credit`, and nothing for `about:blank`. */
function problemType(type: unknown): unknown {
  return typeof type === 'string' && type !== 'about:blank' ? type.split(/[/#:]/).at(-1) : undefined;
}

/** Reads the fields from a list of `{field}` (or `path`, `loc`, `param`, `name`, `pointer`), from one such object, or from an object by field. */
function fieldsOf(detail: unknown, secrets: RequestSecrets): string[] {
  if (Array.isArray(detail)) return detail.slice(0, MAX_FIELDS).flatMap((one) => fieldOf(one, secrets) ?? []);
  if (!isObject(detail)) return [];
  const one = fieldOf(detail, secrets);
  return one === undefined ? Object.keys(detail).flatMap((name) => safeFieldPath(name, secrets) ?? []) : [one];
}

function fieldOf(detail: unknown, secrets: RequestSecrets): string | undefined {
  if (!isObject(detail)) return undefined;
  const { field, path, loc, param, name, pointer } = detail;
  return safeFieldPath(field ?? path ?? loc ?? param ?? name ?? pointer, secrets);
}

/** The parameters of `WWW-Authenticate: Bearer …` (RFC 6750) that are safe to show. */
export interface Challenge {
  error?: string;
  /** The missing scopes, separated by spaces. */
  scope?: string;
}

export function readChallenge(header: string | string[] | undefined, secrets: RequestSecrets): Challenge {
  const text = String(header ?? '');
  if (!/(^|,)\s*Bearer\s/i.test(text)) return {};
  const scopes = parameter(text, 'scope')?.split(' ').filter(Boolean) ?? [];
  const isSafe = scopes.length > 0 && scopes.every((scope) => safeScope(scope, secrets) !== undefined);
  return { error: safeIdentifier(parameter(text, 'error'), secrets), scope: isSafe ? scopes.join(' ') : undefined };
}

function parameter(text: string, name: string): string | undefined {
  const found = new RegExp(`[\\s,]${name}\\s*=\\s*(?:"([^"]*)"|([^\\s,"]+))`, 'i').exec(text);
  return found?.[1] ?? found?.[2];
}
