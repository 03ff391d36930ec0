/** One operation of the API in the wire form of a dialect. */
export interface Operation<T, I = never> {
  /** Such as `runs.start`. The name is the same in every dialect. */
  name: string;
  method: 'GET' | 'POST';
  /** Path template: `/v1/runs/{run_id}`. */
  path: string;
  /** The OAuth scope that the operation needs. The error of a 403 names it. */
  scope: string;
  /** Whether a 204 without a body is a valid response. */
  mayBeEmpty?: boolean;
  /** Converts the body of a 2xx response into the normalised model. @throws ContractViolation */
  read: (body: JsonObject, context: ReadContext<I>) => T;
}

/** Information beside the body that a response is read with. */
export interface ReadContext<I> {
  /** The input of the request. */
  input: I;
  /** Time of Duvo's clock, ISO 8601. */
  serverTime?: string;
}

/** The facts about an operation that an error shows. */
export interface OperationInfo {
  name: string;
  method: string;
  path: string;
}

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Thrown for a body that is not what the API promises. `field` is the path of the wrong part on the wire: `run.id`. `problem`
 * completes a sentence about it, without its value: `is missing`.
 */
export class ContractViolation extends Error {
  constructor(
    readonly field: string,
    readonly problem: string,
  ) {
    super(`${field} ${problem}`);
  }
}

/** Says whether a value that is no object, where the API promises one, is missing or of another type. */
export function noObjectProblem(value: unknown): string {
  return value === undefined ? 'is missing' : 'is not an object';
}
