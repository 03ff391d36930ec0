/** One operation of the API, as a dialect spells it. */
export interface Operation<T, I = never> {
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
  read: (body: JsonObject, context: ReadContext<I>) => T;
}

/** What an answer is read with. */
export interface ReadContext<I> {
  /** What was asked. */
  input: I;
  /** Duvo's clock, ISO 8601. */
  serverTime?: string;
}

/** What an error says about its operation. */
export interface OperationInfo {
  name: string;
  method: string;
  path: string;
}

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A body that is not what the API promises. `field` is the path on the wire: `run.id`. */
export class ContractViolation extends Error {
  constructor(readonly field: string) {
    super(field);
  }
}
