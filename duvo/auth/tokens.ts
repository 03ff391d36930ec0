import type { Credentials } from './credentials';
import type { Token } from './token-request';

/** Refreshed in the last tenth of its life, but not sooner than this before its end. Milliseconds. */
const LONGEST_AHEAD = 60_000;

/** After a refresh ahead of time that failed: the token is still good, so there is no hurry. Milliseconds. */
const PAUSE = 5_000;

interface Held {
  value: string;
  /** Counts the requests: a slow one never undoes what a later one brought. */
  number: number;
  expiresAt: number;
  refreshAt: number;
}

interface Forced {
  refused: string;
  refresh: Promise<string>;
}

/**
 * Access tokens: one request for all who wait, ahead of the end of the one that is held. A refresh that a 401 forces
 * never joins one that was begun before the refused token was seen to be refused: that may bring the same.
 */
export class OAuthTokens implements Credentials {
  readonly hint = 'check that the client of DUVO_CLIENT_ID has access to the workspace';
  readonly scopeHint = 'DUVO_SCOPES';
  readonly #request: () => Promise<Token>;
  readonly #now: () => number;
  #held: Held | undefined;
  #refresh: Promise<string> | undefined;
  #forced: Forced | undefined;
  #requests = 0;

  constructor(request: () => Promise<Token>, now: () => number = Date.now) {
    this.#request = request;
    this.#now = now;
  }

  current(): string | Promise<string> {
    const held = this.#held;
    const now = this.#now();
    if (!held || now >= held.expiresAt) return this.#joined();
    if (now >= held.refreshAt) {
      held.refreshAt = now + PAUSE;
      this.#joined().catch(() => undefined);
    }
    return held.value;
  }

  async renew(refused: string): Promise<string | undefined> {
    if (this.#held && this.#held.value !== refused && this.#now() < this.#held.expiresAt) return this.#held.value;
    if (this.#held?.value === refused) this.#held = undefined;
    if (this.#forced?.refused !== refused) {
      const forced: Forced = { refused, refresh: this.#begin() };
      this.#forced = forced;
      const over = () => {
        if (this.#forced === forced) this.#forced = undefined;
      };
      forced.refresh.then(over, over);
    }
    const fresh = await this.#forced?.refresh;
    return fresh === refused ? undefined : fresh;
  }

  #joined(): Promise<string> {
    if (this.#forced) return this.#forced.refresh;
    this.#refresh ??= this.#begin().finally(() => {
      this.#refresh = undefined;
    });
    return this.#refresh;
  }

  async #begin(): Promise<string> {
    const number = ++this.#requests;
    // Its life has begun when it comes: counted from before, it is never thought longer than it is.
    const askedAt = this.#now();
    const { value, expiresIn } = await this.#request();
    if (this.#held && this.#held.number > number) return this.#held.value;
    const lifeMs = expiresIn === undefined ? Infinity : expiresIn * 1000;
    const expiresAt = askedAt + lifeMs;
    this.#held = { value, number, expiresAt, refreshAt: expiresAt - Math.min(lifeMs / 10, LONGEST_AHEAD) };
    return value;
  }
}
