import type { Input, OperationName, Output } from './operations';

export interface CallOptions {
  /** Aborts the call and closes its socket. The call fails with a `DuvoAbortedError`. */
  signal?: AbortSignal;
}

export interface MutationOptions extends CallOptions {
  /** The same for every try of one logical request: 1–255 printable ASCII characters. */
  idempotencyKey: string;
}

/** Makes one call; an operation that changes something needs an idempotency key. @throws DuvoError */
export type Call = <N extends OperationName>(
  name: N,
  input: Input<N>,
  options?: CallOptions & Partial<MutationOptions>,
) => Promise<Output<N>>;
