import type { ChaosOptions } from './faults/chaos';
import type { IdempotencyKeyMode } from './http/idempotency-keys';
import type { RateLimitHeaderStyle } from './http/rate-limit';
import type { SimulatedOAuthClient } from './oauth/client-authenticator';

export interface SimulatorOptions {
  /** @default '127.0.0.1' */
  host?: string;
  /** @default a free port */
  port?: number;
  /** @default 'dv_simulator' */
  apiKey?: string;
  /** Scopes of the API key. @default all */
  scopes?: string[];
  /** The team in the paths of dialect v2. @default SIMULATOR_TEAM_ID */
  teamId?: string;
  /** The OAuth client that may request access tokens. @default none */
  oauth?: SimulatedOAuthClient;
  /** How a repeated idempotency key is handled. @default 'honour' */
  idempotencyKeyMode?: IdempotencyKeyMode;
  /** Whether the hosted MCP server opens a session for each client. @default false */
  mcpSessions?: boolean;
  /** Rate limit. Further requests in the same minute get a 429. @default unlimited */
  requestsPerMinute?: number;
  /** Spelling of the rate limit headers in every response. @default 'draft' */
  rateLimitHeaders?: RateLimitHeaderStyle;
  /** Random faults. @default none */
  chaos?: ChaosOptions;
  /**
   * Time after which the simulator completes a case that no agent has claimed. The case is in progress from half of that
   * time. Milliseconds, or a string such as `'2s'`. @default the case stays pending
   */
  caseDuration?: number | string;
  /** Secret that signs webhooks. @default 'whsec_c2ltdWxhdG9y' */
  webhookSecret?: string;
  /** Number of requests that the ledger keeps. Its counts include dropped requests. @default 100,000 */
  maxLedgerEntries?: number;
}
