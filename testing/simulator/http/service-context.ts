import type { Chaos } from '../faults/chaos';
import type { FaultInjector } from '../faults/fault-injector';
import type { Ledger } from '../shared/ledger';
import type { Workspace } from '../resources/workspace';
import type { IdempotencyKeys } from './idempotency-keys';
import type { RateLimit } from './rate-limit';

/** The objects that take part in serving a request. */
export interface ServiceContext {
  workspace: Workspace;
  ledger: Ledger;
  faults: FaultInjector;
  chaos?: Chaos;
  idempotencyKeys: IdempotencyKeys;
  rateLimit: RateLimit;
  /** Whether the hosted MCP server works with sessions. */
  hasMcpSessions: boolean;
  isClosing: () => boolean;
  origin: () => string;
}
