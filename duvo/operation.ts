/** One operation of a dialect. */
export interface Operation<T> {
  /** Such as `runs.start`: the same in every dialect. */
  name: string;
  method: 'GET' | 'POST';
  /** Template: `/v1/runs/{run_id}`. */
  path: string;
  /** The OAuth scope that it needs, named when Duvo answers 403. */
  scope: string;
  /** A 204 is an answer too: there is nothing in the body that matters. */
  mayBeEmpty?: boolean;
  /** Makes the normalised model of a 2xx. @throws ContractViolation */
  read: (body: JsonObject, serverTime: string | undefined) => T;
}

export type JsonObject = Record<string, unknown>;

/** A body that is not what the API promises. `field` is the path on the wire: `run.id`. */
export class ContractViolation extends Error {
  constructor(readonly field: string) {
    super(field);
  }
}
