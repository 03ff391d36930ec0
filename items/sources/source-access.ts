/**
 * What the workers may read. Whoever may start a workflow chooses the source of a batch, so an empty list allows nothing.
 */
export interface SourceAccess {
  /** Folders, as absolute paths (`DUVO_SOURCE_ROOTS`). Links that lead out of them are refused. */
  roots: readonly string[];
  /** Host names, addresses and ranges of addresses (`DUVO_SOURCE_HOSTS`). */
  hosts: readonly string[];
}
