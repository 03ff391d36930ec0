import { readChallenge } from '../auth/challenge';
import { duvoError } from './errors';
import type { DuvoError, DuvoErrorFacts, DuvoErrorKind, Reached } from './error';
import { readErrorBody } from './error-body';
import type { Credentials } from '../auth/credentials';
import type { Answer } from '../http/exchange';
import type { About } from '../operation';
import { retryAfterMs, serverTime } from '../http/retry-after';
import { safeIdentifier, type Sent } from './sanitize';

/** How a status is read, and what a person can do about it. */
function classify(status: number): { kind: DuvoErrorKind; reached: Reached; note: string } {
  switch (status) {
    case 400:
    case 422:
      return { kind: 'invalid', reached: 'yes', note: 'Duvo finds the request invalid' };
    case 401:
      return { kind: 'unauthorized', reached: 'yes', note: 'Duvo refuses the key' };
    case 403:
      return { kind: 'forbidden', reached: 'yes', note: 'a scope is missing, or a policy of the workspace forbids it' };
    case 404:
      return { kind: 'not-found', reached: 'yes', note: 'it does not exist, or the key may not see it' };
    case 408:
      return { kind: 'timeout', reached: 'maybe', note: 'Duvo timed out' };
    case 409:
      return { kind: 'conflict', reached: 'yes', note: 'the state of the resource does not allow it' };
    case 413:
      return { kind: 'too-large', reached: 'yes', note: 'the request is too large for Duvo: send less at once' };
    case 425:
      return { kind: 'server', reached: 'yes', note: 'too early: Duvo does not take the request yet' };
    case 429:
      return { kind: 'rate-limited', reached: 'yes', note: 'too many requests for this key' };
    case 501:
    case 503:
    case 505:
      // The request was not done (RFC 9110, 15.6): of all 5xx, these alone say so.
      return { kind: 'server', reached: 'yes', note: 'Duvo, or a proxy before it, does not take the request' };
    default:
      if (status >= 500) return { kind: 'server', reached: 'maybe', note: 'Duvo, or a proxy before it, failed' };
      if (status >= 400) return { kind: 'refused', reached: 'yes', note: 'Duvo refuses the request' };
      return { kind: 'refused', reached: 'yes', note: 'redirects are not followed: check DUVO_API_BASE_URL' };
  }
}

/** The error of an answer that is not 2xx. `credentials` say what to check when they are refused. */
export function answerError(
  operation: About & { scope: string },
  answer: Answer,
  sent: Sent,
  credentials: Pick<Credentials, 'hint' | 'scopeHint'>,
): DuvoError {
  const { kind, reached, note } = classify(answer.status);
  const body = readErrorBody(answer.body, sent);
  const challenge = readChallenge(answer.headers['www-authenticate'], sent);
  const facts: DuvoErrorFacts = {
    operation: operation.name,
    method: operation.method,
    path: operation.path,
    status: answer.status,
    code: body.code ?? challenge.error,
    requestId: body.requestId ?? requestIdOf(answer, sent),
    retryAfterMs: retryAfterMs(answer.status, answer.headers),
    serverTime: serverTime(answer.headers),
    reached,
  };
  if (kind === 'unauthorized') return duvoError(kind, facts, `${note}: ${credentials.hint}`);
  if (kind === 'forbidden') {
    const scope = challenge.scope ?? operation.scope;
    return duvoError(kind, facts, forbiddenNote(note, facts.code, scope, credentials.scopeHint));
  }
  if (kind === 'invalid' && body.fields.length > 0) {
    return duvoError(kind, { ...facts, field: body.fields[0] }, `${note}: check ${body.fields.join(', ')}`);
  }
  const wait = facts.retryAfterMs === undefined ? '' : `; retry after ${Math.ceil(facts.retryAfterMs / 1000)} s`;
  return duvoError(kind, facts, note + wait);
}

/** Duvo's id of the request, from the headers. */
export function requestIdOf({ headers }: Pick<Answer, 'headers'>, sent: Sent): string | undefined {
  return safeIdentifier(headers['x-request-id'] ?? headers['request-id'], sent);
}

function forbiddenNote(note: string, code: string | undefined, scope: string, where: string): string {
  if (code === 'workspace_policy_denied') return `${note}: ask an administrator of the workspace about its policy`;
  if (code === 'approval_required') return `${note}: the workspace wants an approval for it first`;
  if (code === 'insufficient_scope') return `the scope ${scope} is missing: add it to ${where}`;
  return `${note}: check that ${where} has the scope ${scope}`;
}
