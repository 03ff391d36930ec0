import { createHash, randomBytes } from 'node:crypto';
import type { Person } from '../api-types';

/** Lifetime of a session. */
const SESSION_SECONDS = 12 * 60 * 60;

/**
 * The sessions of an inbox for one person: a one-time token is exchanged for a cookie, which is encrypted so that nobody can
 * read or forge it. The key is new in each process, so all sessions end with the process.
 */
export class Sessions {
  readonly #key = randomBytes(32);
  /** Digests of the tokens that were not used yet. A lookup by digest takes the same time for each wrong token. */
  readonly #tokens = new Set<string>();

  constructor(private readonly person: Person) {}

  createToken(): string {
    const token = randomBytes(32).toString('base64url');
    this.#tokens.add(digest(token));
    return token;
  }

  /** Exchanges a token for the value of a session cookie. Returns `undefined` for a wrong token, or one that was used. */
  async exchange(token: string): Promise<{ cookie: string; maxAgeSeconds: number } | undefined> {
    if (!this.#tokens.delete(digest(token))) return undefined;
    const { EncryptJWT } = await import('jose');
    const cookie = await new EncryptJWT({ person: this.person })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(`${SESSION_SECONDS} s`)
      .encrypt(this.#key);
    return { cookie, maxAgeSeconds: SESSION_SECONDS };
  }

  /** Returns the person of a session; `undefined` for a cookie that is forged, expired or of another process. */
  async open(cookie: string | undefined): Promise<Person | undefined> {
    if (!cookie) return undefined;
    const { jwtDecrypt } = await import('jose');
    try {
      const { payload } = await jwtDecrypt(cookie, this.#key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        requiredClaims: ['exp'],
      });
      return payload.person as Person;
    } catch {
      return undefined;
    }
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
