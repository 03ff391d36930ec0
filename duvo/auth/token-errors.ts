import type { DuvoError } from '../errors/duvo-error';
import { duvoError } from '../errors/error-classes';

/** The operation that errors of a token request name. Such errors have `reached: 'no'`: the call to Duvo was not sent yet. */
export const TOKEN_OPERATION = { name: 'oauth.token', method: 'POST', path: '<token endpoint>', scope: '' };

/** The facts of the last response, for errors. */
export interface LastResponse {
  status?: number;
  requestId?: string;
  /** Time of the server's clock, ISO 8601, from the `Date` header. */
  serverTime?: string;
}

/** The codes of RFC 6749, 5.2. Other codes are not shown, because they may repeat what was sent. */
const OAUTH_ERROR_CODES: readonly unknown[] = [
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
];

export function toDuvoError(error: unknown, { status, requestId, serverTime }: LastResponse): DuvoError {
  const { error: code } = error as { error?: unknown };
  const facts = {
    operation: TOKEN_OPERATION.name,
    method: TOKEN_OPERATION.method,
    path: TOKEN_OPERATION.path,
    status,
    requestId,
    serverTime,
    reached: 'no' as const,
  };
  if (status === undefined || status < 300) {
    const note = 'the response of the authorization server is not what OAuth promises: check DUVO_TOKEN_URL';
    // Not a contract violation: after one, callers assume that Duvo may have acted on the call.
    return duvoError('unauthorized', { ...facts, field: 'access_token' }, note);
  }
  if (![400, 401, 403].includes(status)) {
    return duvoError(
      'refused',
      facts,
      'there is no token endpoint at this address: check DUVO_TOKEN_URL and DUVO_API_BASE_URL',
    );
  }
  const known = typeof code === 'string' && OAUTH_ERROR_CODES.includes(code) ? code : undefined;
  const check =
    known === 'invalid_scope'
      ? 'check DUVO_SCOPES'
      : known === 'unauthorized_client' || known === 'unsupported_grant_type'
        ? 'the client may not use client credentials: ask its administrator'
        : 'check DUVO_CLIENT_ID, and DUVO_CLIENT_SECRET or DUVO_CLIENT_PRIVATE_KEY_FILE';
  return duvoError('unauthorized', { ...facts, code: known }, `the authorization server refuses the client: ${check}`);
}

export function unusableServerError(what: string): DuvoError {
  const facts = {
    operation: TOKEN_OPERATION.name,
    method: TOKEN_OPERATION.method,
    path: TOKEN_OPERATION.path,
    reached: 'no' as const,
  };
  return duvoError('unauthorized', facts, `the authorization server cannot be used: ${what}`);
}

/** Marks an error as not sent: the call that needed the token was never sent to Duvo. */
export function toNotSentError(error: DuvoError): DuvoError {
  return duvoError(error.kind, { ...error, reached: 'no' }, `no access token: ${noteOf(error)}`);
}

function noteOf({ message, operation }: DuvoError): string {
  return message.slice(operation.length + 2).replace(/ \([^)]*\)$/, '');
}
