import type { ChaosOptions } from './faults/chaos';
import type { IdempotencyKeyMode } from './http/idempotency-keys';
import type { RateLimitHeaderStyle } from './http/rate-limit';
import type { SimulatedOAuthClient } from './oauth/client-authenticator';

export interface SimulatorOptions {
  /** @default '127.0.0.1' */
  host?: string;
  /** @default a free one */
  port?: number;
  /** @default 'dv_simulator' */
  apiKey?: string;
  /** What the API key may do. @default all */
  scopes?: string[];
  /** The team of the paths of `v2`. @default SIMULATOR_TEAM_ID */
  teamId?: string;
  /** A client that may ask for access tokens. @default none */
  oauth?: SimulatedOAuthClient;
  /** Whether a mutation whose key was seen is answered as the first one was. @default true */
  honourIdempotencyKeys?: boolean;
  /** What a key that was seen does, in full; in place of `honourIdempotencyKeys`. @default 'honour' */
  idempotencyKeyMode?: IdempotencyKeyMode;
  /** Beyond it: 429. @default unlimited */
  requestsPerMinute?: number;
  /** How the rate limit is told of in every answer. @default 'draft' */
  rateLimitHeaders?: RateLimitHeaderStyle;
  /** Faults at random. @default none */
  chaos?: ChaosOptions;
  /**
   * How long a case takes that no agent takes up: in progress after half of it, completed after all of it. Milliseconds, or
   * a string such as `'2s'`. @default for ever
   */
  caseDuration?: number | string;
  /** Signs webhooks. @default 'whsec_c2ltdWxhdG9y' */
  webhookSecret?: string;
  /** How many requests the ledger keeps; its counts stay exact. @default 100,000 */
  maxLedgerEntries?: number;
}
