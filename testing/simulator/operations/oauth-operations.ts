import { z } from 'zod';
import { CLIENT_AUTH_METHODS } from '../oauth/client-authenticator';
import { Refusal } from '../shared/refusal';
import { SCOPES } from '../shared/vocabulary';
import { defineOperation } from './operation';

/** The token endpoint writes errors as RFC 6749, section 5.2, in both dialects. */
export const oauthOperations = [
  defineOperation<Record<string, string>>({
    name: 'token',
    other: 'POST /oauth/token',
    isMutation: true,
    keyRequirement: 'none',
    access: 'open',
    bodyType: 'form',
    async perform({ tokens, oauth, ledger }, { body, entry, origin, authorization }) {
      if (body['grant_type'] !== 'client_credentials') throw new Refusal(400, 'unsupported_grant_type');
      const audience = [origin, `${origin}/oauth/token`];
      if (!oauth || !(await oauth.authenticator.authenticate(body, authorization, audience)))
        throw new Refusal(401, 'invalid_client', undefined, { 'www-authenticate': 'Basic realm="token"' });
      const { scopes: allowed = SCOPES, expiresInSeconds = 3600 } = oauth.client;
      const requestedScopes = body['scope']?.split(' ').filter(Boolean) ?? allowed;
      if (!requestedScopes.every((scope) => (allowed as readonly string[]).includes(scope)))
        throw new Refusal(400, 'invalid_scope');
      ledger.markCommitted(entry);
      return {
        access_token: tokens.issue(requestedScopes, expiresInSeconds),
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        scope: requestedScopes.join(' '),
      };
    },
  }),
  defineOperation({
    name: 'metadata',
    other: 'GET /.well-known/:document',
    access: 'open',
    query: z.object({}),
    perform(_workspace, { ids, origin }) {
      if (ids['document'] === 'oauth-protected-resource') {
        return { resource: origin, authorization_servers: [origin], scopes_supported: SCOPES };
      }
      if (ids['document'] !== 'oauth-authorization-server') throw new Refusal(404, 'not_found');
      return {
        issuer: origin,
        token_endpoint: `${origin}/oauth/token`,
        grant_types_supported: ['client_credentials'],
        token_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
        scopes_supported: SCOPES,
      };
    },
  }),
];
