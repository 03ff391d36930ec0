import { timingSafeEqual } from 'node:crypto';

/** The one client of the simulated authorization server. */
export interface SimulatedOAuthClient {
  clientId: string;
  clientSecret?: string;
  /** Public key of the client, which allows the method `private_key_jwt`. */
  publicJwk?: Record<string, unknown>;
  /** Scopes that the client may request. @default all */
  scopes?: string[];
  /** Lifetime of a token. @default 3600 */
  expiresInSeconds?: number;
  /**
   * Whether the server decodes the client id and the secret of `client_secret_basic`, as RFC 6749 requires. Some servers
   * compare the encoded texts. @default true
   */
  decodesBasicCredentials?: boolean;
}

export const CLIENT_AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];

/** Authenticates the client of a token request. Each assertion is accepted once. */
export class ClientAuthenticator {
  private readonly usedAssertionIds = new Set<string>();

  constructor(private readonly client: SimulatedOAuthClient) {}

  async authenticate(
    form: Record<string, string>,
    authorization: string | undefined,
    audience: string[],
  ): Promise<boolean> {
    const { clientId, clientSecret, publicJwk, decodesBasicCredentials = true } = this.client;
    if (authorization?.startsWith('Basic ')) {
      const [id = '', secret = ''] = Buffer.from(authorization.slice(6), 'base64').toString('utf8').split(':');
      const decode = decodesBasicCredentials ? formDecode : (text: string) => text;
      return (
        clientSecret !== undefined && decode(id) === clientId && equalsInConstantTime(decode(secret), clientSecret)
      );
    }
    const assertion = form['client_assertion'];
    if (assertion !== undefined) return publicJwk !== undefined && this.verifyAssertion(assertion, publicJwk, audience);
    return (
      clientSecret !== undefined &&
      form['client_id'] === clientId &&
      equalsInConstantTime(form['client_secret'] ?? '', clientSecret)
    );
  }

  private async verifyAssertion(assertion: string, jwk: Record<string, unknown>, audience: string[]): Promise<boolean> {
    const { importJWK, jwtVerify } = await import('jose');
    try {
      const { clientId } = this.client;
      const key = await importJWK(jwk, typeof jwk['alg'] === 'string' ? jwk['alg'] : algorithmOf(jwk));
      const { payload } = await jwtVerify(assertion, key, { issuer: clientId, subject: clientId, audience });
      const { jti, exp } = payload;
      if (jti === undefined || exp === undefined || this.usedAssertionIds.has(jti)) return false;
      this.usedAssertionIds.add(jti);
      return true;
    } catch {
      return false;
    }
  }
}

function algorithmOf({ kty, crv }: Record<string, unknown>): string {
  if (kty === 'RSA') return 'RS256';
  if (kty === 'OKP') return 'EdDSA';
  return crv === 'P-384' ? 'ES384' : crv === 'P-521' ? 'ES512' : 'ES256';
}

/** Decodes the client id or secret, which RFC 6749, section 2.3.1, form-encodes in the Authorization header. */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

function equalsInConstantTime(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
