import { randomBytes } from 'node:crypto';
import { SCOPES, type Scope } from '../description/operation';

interface Token {
  scopes: ReadonlySet<string>;
  expiresAt: number;
}

/** Who may call: the API key, and the access tokens that were issued. */
export class Tokens {
  private readonly issued = new Map<string, Token>();

  constructor(
    private readonly apiKey: string,
    private readonly keyScopes: readonly string[] = SCOPES,
  ) {}

  issue(scopes: readonly string[], seconds: number): string {
    // Told from any other text, wherever it should not be.
    const value = `sim_token_${randomBytes(24).toString('base64url')}`;
    this.issued.set(value, { scopes: new Set(scopes), expiresAt: Date.now() + seconds * 1000 });
    return value;
  }

  /** From now on all tokens are refused. */
  revoke(): void {
    this.issued.clear();
  }

  /** Whether this bearer is known; if it is, whether it has the scope. */
  check(bearer: string | undefined, scope: Scope | undefined): 'unknown' | 'no-scope' | 'ok' {
    const token = bearer === undefined ? undefined : this.issued.get(bearer);
    const scopes = bearer === this.apiKey ? new Set(this.keyScopes) : this.live(token)?.scopes;
    if (!scopes) return 'unknown';
    return scope === undefined || scopes.has(scope) ? 'ok' : 'no-scope';
  }

  /** What the ledger keeps of a body: no credential that is known here, wherever somebody put it. */
  hide<T>(value: T): T {
    const text = JSON.stringify(value);
    const found = [this.apiKey, ...this.issued.keys()].filter((secret) => text.includes(secret));
    if (found.length === 0) return value;
    return JSON.parse(found.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)) as T;
  }

  private live(token: Token | undefined): Token | undefined {
    return token && Date.now() < token.expiresAt ? token : undefined;
  }
}
