import type { Chaos } from '../chaos';
import type { Faults } from '../faults';
import type { Ledger } from '../ledger';
import type { World } from '../resources/world';
import type { IdempotencyKeys } from './idempotency';
import type { RateLimit } from './rate-limit';

/** What serves a request together. */
export interface Parts {
  world: World;
  ledger: Ledger;
  faults: Faults;
  chaos?: Chaos;
  keys: IdempotencyKeys;
  limit: RateLimit;
  isClosing: () => boolean;
  origin: () => string;
}
