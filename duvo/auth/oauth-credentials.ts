import type { Credentials } from '../http/credentials';
import type { Token } from './token-client';

/** Refreshed in the last tenth of its life, but not sooner than this before its end. Milliseconds. */
const MAX_REFRESH_AHEAD_MS = 60_000;

/** After a refresh ahead of time that failed: the token is still good, so there is no hurry. Milliseconds. */
const REFRESH_RETRY_DELAY_MS = 5_000;

interface CachedToken {
  value: string;
  /** Counts the requests: a slow one never undoes what a later one brought. */
  requestNumber: number;
  expiresAt: number;
  refreshAt: number;
}

interface ForcedRefresh {
  refused: string;
  refresh: Promise<string>;
}

/**
 * Access tokens: one request for all who wait, ahead of the end of the one that is held. A refresh that a 401 forces
 * never joins one that was begun before the refused token was seen to be refused: that may bring the same.
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

  constructor(request: () => Promise<Token>, now: () => number = Date.now) {
    this.#fetchToken = request;
    this.#now = now;
  }

  current(): string | Promise<string> {
    const held = this.#cached;
    const now = this.#now();
    if (!held || now >= held.expiresAt) return this.#joinRefresh();
    if (now >= held.refreshAt) {
      held.refreshAt = now + REFRESH_RETRY_DELAY_MS;
      this.#joinRefresh().catch(() => undefined);
    }
    return held.value;
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
    // Its life has begun when it comes: counted from before, it is never thought longer than it is.
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
