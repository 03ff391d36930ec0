import type { Credentials } from '../http/credentials';
import type { Token } from './token-client';

/** A token is refreshed in the last tenth of its lifetime, but at most this long before its end, in milliseconds. */
const MAX_REFRESH_AHEAD_MS = 60_000;

/** Delay after a failed early refresh, in milliseconds. The current token is still valid then. */
const REFRESH_RETRY_DELAY_MS = 5_000;

interface CachedToken {
  value: string;
  /** Number of the token request. A slow request must not replace the token of a later one. */
  requestNumber: number;
  expiresAt: number;
  refreshAt: number;
}

interface ForcedRefresh {
  refused: string;
  refresh: Promise<string>;
}

/**
 * Caches the access token and refreshes it before it expires. All waiting calls share one token request. A refresh after a 401
 * never joins a refresh that began before the 401, because that one may return the refused token again.
 */
export class OAuthCredentials implements Credentials {
  readonly hint = 'check that the client of DUVO_CLIENT_ID has access to the workspace';
  readonly scopeHint = 'DUVO_SCOPES';
  readonly #fetchToken: () => Promise<Token>;
  readonly #now: () => number;
  #cached: CachedToken | undefined;
  #pendingRefresh: Promise<string> | undefined;
  #forcedRefresh: ForcedRefresh | undefined;
  #requestCount = 0;

  constructor(fetchToken: () => Promise<Token>, now: () => number = Date.now) {
    this.#fetchToken = fetchToken;
    this.#now = now;
  }

  current(): string | Promise<string> {
    const cached = this.#cached;
    const now = this.#now();
    if (!cached || now >= cached.expiresAt) return this.#joinRefresh();
    if (now >= cached.refreshAt) {
      cached.refreshAt = now + REFRESH_RETRY_DELAY_MS;
      this.#joinRefresh().catch(() => undefined);
    }
    return cached.value;
  }

  async renew(refused: string): Promise<string | undefined> {
    if (this.#cached && this.#cached.value !== refused && this.#now() < this.#cached.expiresAt)
      return this.#cached.value;
    if (this.#cached?.value === refused) this.#cached = undefined;
    if (this.#forcedRefresh?.refused !== refused) {
      const forced: ForcedRefresh = { refused, refresh: this.#requestToken() };
      this.#forcedRefresh = forced;
      const clearForced = () => {
        if (this.#forcedRefresh === forced) this.#forcedRefresh = undefined;
      };
      forced.refresh.then(clearForced, clearForced);
    }
    const fresh = await this.#forcedRefresh?.refresh;
    return fresh === refused ? undefined : fresh;
  }

  #joinRefresh(): Promise<string> {
    if (this.#forcedRefresh) return this.#forcedRefresh.refresh;
    this.#pendingRefresh ??= this.#requestToken().finally(() => {
      this.#pendingRefresh = undefined;
    });
    return this.#pendingRefresh;
  }

  async #requestToken(): Promise<string> {
    const number = ++this.#requestCount;
    // The lifetime is counted from before the request, so it is never overestimated.
    const requestedAt = this.#now();
    const { value, expiresInSeconds } = await this.#fetchToken();
    if (this.#cached && this.#cached.requestNumber > number) return this.#cached.value;
    const lifetimeMs = expiresInSeconds === undefined ? Infinity : expiresInSeconds * 1000;
    const expiresAt = requestedAt + lifetimeMs;
    this.#cached = {
      value,
      requestNumber: number,
      expiresAt,
      refreshAt: expiresAt - Math.min(lifetimeMs / 10, MAX_REFRESH_AHEAD_MS),
    };
    return value;
  }
}
