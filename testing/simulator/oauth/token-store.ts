import { randomBytes } from 'node:crypto';
import { SCOPES, type Scope } from '../shared/vocabulary';

interface IssuedToken {
  scopes: ReadonlySet<string>;
  expiresAtMs: number;
}

/** The valid bearer tokens: the API key and the access tokens that were issued. */
export class TokenStore {
  private readonly issued = new Map<string, IssuedToken>();

  constructor(
    private readonly apiKey: string,
    private readonly apiKeyScopes: readonly string[] = SCOPES,
  ) {}

  issue(scopes: readonly string[], lifetimeSeconds: number): string {
    // The prefix lets tests search logs and histories for leaked tokens.
    const value = `sim_token_${randomBytes(24).toString('base64url')}`;
    this.issued.set(value, { scopes: new Set(scopes), expiresAtMs: Date.now() + lifetimeSeconds * 1000 });
    return value;
  }

  /** Revokes all access tokens that were issued so far. */
  revokeAll(): void {
    this.issued.clear();
  }

  /** Checks whether the bearer token is valid and has the scope. */
  checkBearer(bearer: string | undefined, scope: Scope | undefined): 'unknown' | 'no-scope' | 'ok' {
    const token = bearer === undefined ? undefined : this.issued.get(bearer);
    const scopes = bearer === this.apiKey ? new Set(this.apiKeyScopes) : this.unexpired(token)?.scopes;
    if (!scopes) return 'unknown';
    return scope === undefined || scopes.has(scope) ? 'ok' : 'no-scope';
  }

  /** Replaces every API key and access token in a value with `[redacted]`. */
  redact<T>(value: T): T {
    const text = JSON.stringify(value);
    const foundSecrets = [this.apiKey, ...this.issued.keys()].filter((secret) => text.includes(secret));
    if (foundSecrets.length === 0) return value;
    return JSON.parse(foundSecrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)) as T;
  }

  private unexpired(token: IssuedToken | undefined): IssuedToken | undefined {
    return token && Date.now() < token.expiresAtMs ? token : undefined;
  }
}
