import type { DialectWriter } from '../dialects/dialect-writer';
import type { FaultEffect } from '../faults/fault-injector';
import type { LedgerEntry } from '../shared/ledger';
import type { Dialect } from '../shared/vocabulary';

/** An accepted request, as an operation receives it. */
export interface RequestContext<Body = unknown, Query = unknown> {
  /** Values of the path's parameters. */
  ids: Record<string, string>;
  body: Body;
  query: Query;
  dialect: Dialect;
  /** Writes responses in the request's dialect. */
  write: DialectWriter;
  entry: LedgerEntry;
  fault?: FaultEffect;
  /** URL of the simulator, without a path. */
  origin: string;
  /** The Authorization header, which the token endpoint reads. */
  authorization?: string;
}
