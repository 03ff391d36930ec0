import { readFileSync } from 'node:fs';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { optionError } from '../errors/input-error';

/** The method by which the client authenticates at the token endpoint. */
export type ClientAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** A private key, and the key id of its JWK. */
export interface ClientKey {
  key: KeyObject;
  kid?: string;
}

/** OAuth 2.0 client credentials. */
export interface OAuthOptions {
  clientId: string;
  /** Exactly one of `clientSecret` and `privateKeyFile`. Surrounding white space is removed. */
  clientSecret?: string;
  /**
   * Path of a private key, PEM or JWK (RSA, EC or Ed25519). The client authenticates with an assertion that this key signs.
   * The file is read again after a failed token request. While the file holds no key, the last key stays in use.
   */
  privateKeyFile?: string;
  /** @default the endpoint in the metadata that the API refers to (RFC 9728, RFC 8414) */
  tokenUrl?: string;
  /** Scopes to request. @default the default scopes of the authorization server */
  scopes?: string[];
  /** @default private_key_jwt with a key; else a method that the server's metadata allows, preferably client_secret_basic */
  authMethod?: ClientAuthMethod;
}

/** The options after validation. */
export interface OAuthSettings {
  clientId: string;
  secret?: string;
  key?: ClientKey;
  keyFile?: string;
  tokenUrl?: URL;
  scope?: string;
  authMethod?: ClientAuthMethod;
}

/** The syntax of a scope (RFC 6749, 3.3). */
const SCOPE_PATTERN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** @throws DuvoInvalidInputError that names the option and never shows its value */
export function readOAuthOptions(options: OAuthOptions): OAuthSettings {
  const { clientId, clientSecret, privateKeyFile, tokenUrl, scopes = [], authMethod } = options;
  if (typeof clientId !== 'string' || clientId.trim() === '') {
    throw optionError('oauth.clientId', 'must be a string that is not empty: check DUVO_CLIENT_ID');
  }
  if ((clientSecret === undefined) === (privateKeyFile === undefined)) {
    throw optionError(
      'oauth.clientSecret',
      'or oauth.privateKeyFile is needed, and only one of them: set DUVO_CLIENT_SECRET or DUVO_CLIENT_PRIVATE_KEY_FILE',
    );
  }
  if (clientSecret?.trim() === '') throw optionError('oauth.clientSecret', 'is empty: check DUVO_CLIENT_SECRET');
  if (!scopes.every((scope) => SCOPE_PATTERN.test(scope))) {
    throw optionError('oauth.scopes', 'must be names of scopes, such as runs:read: check DUVO_SCOPES');
  }
  if (authMethod !== undefined && (authMethod === 'private_key_jwt') !== (privateKeyFile !== undefined)) {
    throw optionError(
      'oauth.authMethod',
      'does not match the credential: private_key_jwt needs privateKeyFile, the other methods need clientSecret',
    );
  }
  return {
    clientId: clientId.trim(),
    secret: clientSecret?.trim(),
    authMethod,
    keyFile: privateKeyFile,
    key: privateKeyFile === undefined ? undefined : readPrivateKey(privateKeyFile),
    tokenUrl: tokenUrl === undefined ? undefined : readTokenUrl(tokenUrl),
    scope: scopes.length > 0 ? scopes.join(' ') : undefined,
  };
}

/** Whether a secret may be sent to the URL: over TLS, or over plain http to this machine only. */
export function isSecureUrl({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

function readTokenUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !isSecureUrl(url) || url.username !== '' || url.password !== '') {
    throw optionError('oauth.tokenUrl', 'must be an https URL (http on this machine only): check DUVO_TOKEN_URL');
  }
  return url;
}

/** @throws DuvoInvalidInputError that names the file and never shows its content */
export function readPrivateKey(path: string): ClientKey {
  const keyFileError = (what: string) =>
    optionError('oauth.privateKeyFile', `names the file ${path}, which ${what}: check DUVO_CLIENT_PRIVATE_KEY_FILE`);
  let content: string;
  try {
    content = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw keyFileError(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
  try {
    if (!content.startsWith('{')) return { key: createPrivateKey(content) };
    const jwk = JSON.parse(content) as { kid?: string };
    return { key: createPrivateKey({ key: jwk as never, format: 'jwk' }), kid: jwk.kid };
  } catch {
    // The error of Node.js is dropped, because it may quote the key.
    throw keyFileError('does not hold one private key, as PEM or JWK without a passphrase');
  }
}
