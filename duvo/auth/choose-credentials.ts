import { apiKeyCredentials } from './api-key';
import type { Connections } from '../http/connections';
import type { Credentials } from './credentials';
import { readOAuthOptions } from './oauth-options';
import { TokenClient } from './token-client';
import { OAuthCredentials } from './oauth-credentials';
import { optionError } from '../errors/option-error';
import type { DuvoClientOptions, ClientSettings } from '../options';

/** @throws DuvoInvalidInputError when there is not exactly one kind of credential, or it cannot be used */
export function chooseCredentials(
  options: DuvoClientOptions,
  settings: ClientSettings,
  connections: Connections,
): Credentials {
  const { apiKey, apiKeyFile, oauth } = options;
  const given = [apiKey, apiKeyFile, oauth].filter((one) => one !== undefined).length;
  if (given !== 1) {
    throw optionError(
      'apiKey',
      'or apiKeyFile or oauth is needed, and only one of them: set DUVO_API_KEY, or DUVO_CLIENT_ID and DUVO_CLIENT_SECRET',
    );
  }
  if (oauth === undefined) return apiKeyCredentials(options);
  const requests = new TokenClient(readOAuthOptions(oauth), settings, connections);
  return new OAuthCredentials(() => requests.request());
}
