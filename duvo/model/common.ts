/**
 * Fields of a request that this library does not know, by their wire names, put beside the known ones as they are. The
 * reference of dialect `v1` leaves some bodies open (a run from an assignment, a queue case, a file, …). They can neither
 * replace a known field nor be sent in dialect `v2`, whose document lists every field: both is refused.
 */
export type ExtraFields = Record<string, unknown>;

export interface PageQuery {
  /** 1 to the operation's most; Duvo has a default. */
  limit?: number;
  /** @default 0 */
  offset?: number;
}
