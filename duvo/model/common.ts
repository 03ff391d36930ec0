/**
 * Request fields that this library does not know, by their wire names. They are sent unchanged beside the known fields,
 * because the reference of dialect `v1` leaves some bodies open (a run from an assignment, a queue case, a file, …). An extra
 * field that would replace a known field is refused. In dialect `v2` all extra fields are refused, because its document lists
 * every field.
 */
export type ExtraFields = Record<string, unknown>;

export interface PageQuery {
  /** Rows per page: from 1 to the maximum of the operation. @default Duvo's */
  limit?: number;
  /** @default 0 */
  offset?: number;
}
