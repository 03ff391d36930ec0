import { type KeyObject, webcrypto } from 'node:crypto';
import type { ClientAuth, ModifyAssertionFunction } from 'openid-client' with {
  'resolution-mode': 'import',
};
import { type ClientKey, type OAuthSettings, readPrivateKey } from './oauth-options';
import { unusableServerError } from './token-errors';

/** The assertion's times allow this difference between the clocks of this machine and the server, in seconds, in both directions. */
const MAX_CLOCK_SKEW_SECONDS = 60;

/** Time from the signature of an assertion to its end, in seconds, when both clocks agree. */
const ASSERTION_LIFETIME_SECONDS = MAX_CLOCK_SKEW_SECONDS + 60;

/** Loads the library when it is first needed: it is published as ESM only, and clients with an API key never need it. */
export const loadOpenIdClient = () => import('openid-client');
export type OpenIdClient = Awaited<ReturnType<typeof loadOpenIdClient>>;

/** Proves to the token endpoint which client requests a token: by a secret, or by an assertion signed with a key. */
export class ClientAuthenticator {
  readonly #oauth: OAuthSettings;
  #key: ClientKey | undefined;

  constructor(oauth: OAuthSettings) {
    this.#oauth = oauth;
    this.#key = oauth.key;
  }

  /**
   * @param supported the methods that the server's metadata lists; `undefined` when there is no metadata
   * @throws DuvoError when the server supports no method that the options allow
   */
  async authenticate(client: OpenIdClient, supported?: string[]): Promise<ClientAuth> {
    const { secret, keyFile, authMethod } = this.#oauth;
    const supports = (method: string) => supported === undefined || supported.includes(method);
    if (keyFile !== undefined && this.#key) {
      this.#key = rereadPrivateKey(keyFile, this.#key);
      const { key, kid } = this.#key;
      if (!supports('private_key_jwt'))
        throw unusableServerError('it accepts no private key: set DUVO_CLIENT_SECRET instead');
      const modify: ModifyAssertionFunction = (header, payload) => {
        // Every server accepts the name EdDSA; the library uses the newer name of 2025.
        if (header.alg === 'Ed25519') header.alg = 'EdDSA';
        allowClockSkew(payload);
      };
      return client.PrivateKeyJwt({ key: await toCryptoKey(key), kid }, { [client.modifyAssertion]: modify });
    }
    if (authMethod === 'client_secret_post') return client.ClientSecretPost(secret);
    if (authMethod === 'client_secret_basic' || supports('client_secret_basic')) return basicAuth(secret ?? '');
    if (supports('client_secret_post')) return client.ClientSecretPost(secret);
    throw unusableServerError('it accepts no client secret: set DUVO_CLIENT_PRIVATE_KEY_FILE instead');
  }
}

/**
 * Moves the times of an assertion apart. The library sets `nbf` and `iat` to the current second, so a server whose clock
 * is one second behind refuses the assertion. `nbf` is optional (RFC 7523, 3), and therefore left out.
 */
function allowClockSkew(payload: Record<string, unknown>): void {
  const now = Number(payload['iat']);
  delete payload['nbf'];
  payload['iat'] = now - MAX_CLOCK_SKEW_SECONDS;
  payload['exp'] = now + ASSERTION_LIFETIME_SECONDS;
}

/**
 * Authenticates by `client_secret_basic` (RFC 6749, 2.3.1). The library's own method also encodes the characters
 * `- _ . ! ~ *`, which a form need not encode: servers that compare without decoding then refuse the client. A space
 * becomes `%20`, which both decoders of forms and plain percent-decoders read.
 */
function basicAuth(secret: string): ClientAuth {
  return (_server, { client_id: clientId }, _body, headers) => {
    const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  };
}

/** Reads the key again, since it may be replaced while the process runs. While the file holds no key, the last key stays in use. */
function rereadPrivateKey(path: string, last: ClientKey): ClientKey {
  try {
    return readPrivateKey(path);
  } catch {
    return last;
  }
}

/** Converts the key. Its type determines the signature algorithm: RS256, ES256, ES384, ES512 or EdDSA. */
async function toCryptoKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  const algorithm =
    type === 'rsa'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : type === 'ec'
        ? { name: 'ECDSA', namedCurve: curves[details?.namedCurve ?? ''] ?? '' }
        : { name: 'Ed25519' };
  try {
    return await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  } catch {
    throw unusableServerError(
      'the key of DUVO_CLIENT_PRIVATE_KEY_FILE has an unsupported type: use RSA, EC or Ed25519',
    );
  }
}
