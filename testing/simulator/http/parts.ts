import type { Chaos } from '../chaos';
import type { FaultInjector } from '../faults';
import type { Ledger } from '../ledger';
import type { Workspace } from '../resources/world';
import type { IdempotencyKeys } from './idempotency';
import type { RateLimit } from './rate-limit';

/** What serves a request together. */
export interface ServiceContext {
  workspace: Workspace;
  ledger: Ledger;
  faults: FaultInjector;
  chaos?: Chaos;
  idempotencyKeys: IdempotencyKeys;
  rateLimit: RateLimit;
  isClosing: () => boolean;
  origin: () => string;
}
