import { optionError } from '../errors/input-error';
import type { Connections } from '../http/connections';
import type { Credentials } from '../http/credentials';
import type { HttpSettings } from '../http/http-options';
import { type ApiKeyOptions, apiKeyCredentials } from './api-key';
import { OAuthCredentials } from './oauth-credentials';
import { type OAuthOptions, readOAuthOptions } from './oauth-options';
import { TokenClient } from './token-client';

/** Exactly one of `apiKey`, `apiKeyFile` and `oauth` is required. */
export interface CredentialOptions extends ApiKeyOptions {
  oauth?: OAuthOptions;
}

/** @throws DuvoInvalidInputError when there is not exactly one kind of credential, or it cannot be used */
export function chooseCredentials(
  options: CredentialOptions,
  settings: HttpSettings,
  connections: Connections,
): Credentials {
  const { apiKey, apiKeyFile, oauth } = options;
  const given = [apiKey, apiKeyFile, oauth].filter((option) => option !== undefined).length;
  if (given !== 1) {
    throw optionError(
      'apiKey',
      'or apiKeyFile or oauth is needed, and only one of them: set DUVO_API_KEY, or DUVO_CLIENT_ID and DUVO_CLIENT_SECRET',
    );
  }
  if (oauth === undefined) return apiKeyCredentials(options);
  const tokens = new TokenClient(readOAuthOptions(oauth), settings, connections);
  return new OAuthCredentials(() => tokens.request());
}
