import { factsOf } from '../errors/input-error';
import type { DuvoError, DuvoErrorFacts, DuvoErrorKind, Reached } from '../errors/duvo-error';
import { duvoError } from '../errors/error-classes';
import { readChallenge, readErrorBody } from '../errors/error-details';
import { type RequestSecrets, safeIdentifier } from '../errors/safe-server-text';
import type { OperationInfo } from '../model/operation';
import type { Credentials } from './credentials';
import type { HttpResponse, TransportFailure } from './exchange';
import { readRetryAfterMs, readServerTime } from './headers/retry-after';

/** Maps a status to an error kind, and to a note that says what a person can do. */
function classifyStatus(status: number): { kind: DuvoErrorKind; note: string } {
  switch (status) {
    case 400:
    case 422:
      return { kind: 'invalid-request', note: 'Duvo finds the request invalid' };
    case 401:
      return { kind: 'unauthorized', note: 'Duvo refuses the key' };
    case 403:
      return { kind: 'forbidden', note: 'a scope is missing, or a policy of the workspace forbids the request' };
    case 404:
      return { kind: 'not-found', note: 'the resource does not exist, or the key may not see it' };
    case 408:
      return { kind: 'timeout', note: 'Duvo timed out' };
    case 409:
      return { kind: 'conflict', note: 'the state of the resource does not allow the request' };
    case 413:
      return { kind: 'too-large', note: 'the request is too large for Duvo: send less at once' };
    case 425:
      return { kind: 'server', note: 'too early: Duvo does not accept the request yet' };
    case 429:
      return { kind: 'rate-limited', note: 'too many requests for this key' };
    case 501:
    case 503:
    case 505:
      return { kind: 'server', note: 'Duvo, or a proxy before it, does not accept the request' };
    default:
      if (status >= 500) return { kind: 'server', note: 'Duvo, or a proxy before it, failed' };
      if (status >= 400) return { kind: 'refused', note: 'Duvo refuses the request' };
      return { kind: 'refused', note: 'redirects are not followed: check DUVO_API_BASE_URL' };
  }
}

/** Server errors that say that the request was not executed (RFC 9110, 15.6). No other 5xx says that. */
const UNEXECUTED_SERVER_ERRORS: ReadonlySet<number> = new Set([501, 503, 505]);

/**
 * Refusals that a proxy, too, decides before it passes on the request: by the credential, the size, the early data of TLS or
 * the rate.
 */
const EARLY_REFUSALS: ReadonlySet<number> = new Set([401, 413, 425, 429]);

/**
 * Whether a request with this response may have taken effect. Only the API's own error body shows that Duvo itself refused
 * the request: a proxy may send its page after Duvo has executed the request, as after its own timeout.
 */
function reachedBy(status: number, hasErrorBody: boolean): Reached {
  if (status < 400 || EARLY_REFUSALS.has(status)) return 'yes';
  if (status === 408 || (status >= 500 && !UNEXECUTED_SERVER_ERRORS.has(status))) return 'maybe';
  return hasErrorBody ? 'yes' : 'maybe';
}

/** Creates the error of a response that is not 2xx. `credentials` has the hints for a 401 and a 403. */
export function responseError(
  operation: OperationInfo & { scope: string },
  response: HttpResponse,
  secrets: RequestSecrets,
  credentials: Pick<Credentials, 'hint' | 'scopeHint'>,
): DuvoError {
  const { kind, note } = classifyStatus(response.status);
  const body = readErrorBody(response.body, secrets);
  const challenge = readChallenge(response.headers['www-authenticate'], secrets);
  const facts: DuvoErrorFacts = {
    operation: operation.name,
    method: operation.method,
    path: operation.path,
    status: response.status,
    code: body.code ?? challenge.error,
    ...(body.isApiError && { hasErrorBody: true }),
    requestId: body.requestId ?? requestIdOf(response, secrets),
    retryAfterMs: readRetryAfterMs(response.status, response.headers),
    serverTime: readServerTime(response.headers),
    reached: reachedBy(response.status, body.isApiError),
  };
  if (kind === 'unauthorized') return duvoError(kind, facts, `${note}: ${credentials.hint}`);
  if (kind === 'forbidden') {
    const scope = challenge.scope ?? operation.scope;
    return duvoError(kind, facts, forbiddenNote(note, facts.code, scope, credentials.scopeHint));
  }
  if (kind === 'invalid-request' && body.fields.length > 0) {
    return duvoError(kind, { ...facts, field: body.fields[0] }, `${note}: check ${body.fields.join(', ')}`);
  }
  const retryNote = facts.retryAfterMs === undefined ? '' : `; retry after ${Math.ceil(facts.retryAfterMs / 1000)} s`;
  return duvoError(kind, facts, note + retryNote);
}

/** Returns Duvo's id of the request from the response headers. */
export function requestIdOf({ headers }: Pick<HttpResponse, 'headers'>, secrets: RequestSecrets): string | undefined {
  return safeIdentifier(headers['x-request-id'] ?? headers['request-id'], secrets);
}

function forbiddenNote(note: string, code: string | undefined, scope: string, credentialHint: string): string {
  if (code === 'workspace_policy_denied') return `${note}: ask an administrator of the workspace to change its policy`;
  if (code === 'approval_required') return `${note}: the workspace requires an approval first`;
  if (code === 'insufficient_scope') return `the scope ${scope} is missing: add it to ${credentialHint}`;
  return `${note}: check that ${credentialHint} has the scope ${scope}`;
}

/** Creates the error of a request without a complete response. */
export function transportError(operation: OperationInfo, failure: TransportFailure): DuvoError {
  const { kind, reached, waitingFor, proxyStatus } = failure;
  const facts: DuvoErrorFacts = { ...factsOf(operation), code: safeIdentifier(failure.code, { secret: '' }), reached };
  if (kind === 'aborted') return duvoError(kind, facts, 'aborted by the caller');
  if (proxyStatus !== undefined) {
    const fix = proxyStatus === 407 ? 'put its user and password into HTTPS_PROXY' : 'check HTTPS_PROXY and NO_PROXY';
    return duvoError(kind, facts, `the proxy refuses the connection with status ${proxyStatus}: ${fix}`);
  }
  if (kind === 'timeout') return duvoError(kind, facts, `timed out while waiting for the ${waitingFor}`);
  if (reached === 'no') {
    return duvoError(kind, facts, 'no connection: check the network, DUVO_API_BASE_URL and HTTPS_PROXY');
  }
  return duvoError(kind, facts, `the connection broke while waiting for the ${waitingFor}`);
}
