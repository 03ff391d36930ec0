import type { IncomingMessage } from 'node:http';
import type { Scope } from '../description/operation';
import type { Tokens } from '../oauth/tokens';
import { type Answer, Refusal } from '../refusal';
import { WRITERS } from './accept';
import { dialectOf } from './router';
import { header } from './send';

/** @throws Refusal when the bearer is not known, or lacks the scope */
export function admit(request: IncomingMessage, tokens: Tokens, scope: Scope | undefined): void {
  const authorization = header(request, 'authorization');
  const bearer = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : undefined;
  const verdict = tokens.check(bearer, scope);
  if (verdict === 'unknown') {
    const invalid = bearer === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
    throw new Refusal(401, 'unauthorized', undefined, { 'www-authenticate': invalid });
  }
  if (verdict === 'ok') return;
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  throw new Refusal(403, 'insufficient_scope', undefined, { 'www-authenticate': challenge });
}

/** In the words of the path's dialect; the token endpoint speaks as RFC 6749 wants it. */
export function refused(refusal: Refusal, path: string): Answer {
  return WRITERS[path === '/oauth/token' ? 'v2' : dialectOf(path)].refusal(refusal);
}
