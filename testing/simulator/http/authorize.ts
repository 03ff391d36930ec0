import type { IncomingMessage } from 'node:http';
import type { Scope } from '../shared/vocabulary';
import type { TokenStore } from '../oauth/token-store';
import { Refusal } from '../shared/refusal';
import { readHeader } from './send';

/** @throws Refusal when the bearer token is unknown or lacks the scope */
export function authorize(request: IncomingMessage, tokens: TokenStore, scope: Scope | undefined): void {
  const authorization = readHeader(request, 'authorization');
  const bearer = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : undefined;
  const verdict = tokens.checkBearer(bearer, scope);
  if (verdict === 'unknown') {
    const invalidTokenChallenge = bearer === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
    throw new Refusal(401, 'unauthorized', undefined, { 'www-authenticate': invalidTokenChallenge });
  }
  if (verdict === 'ok') return;
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  throw new Refusal(403, 'insufficient_scope', undefined, { 'www-authenticate': challenge });
}
