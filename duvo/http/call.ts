import type { OperationInput, OperationName, OperationOutput } from '../operations';

export interface CallOptions {
  /** Aborts the call and closes its socket. The call fails with a `DuvoAbortedError`. */
  signal?: AbortSignal;
}

export interface MutationOptions extends CallOptions {
  /** The same for every try of one logical request: 1–255 printable ASCII characters. */
  idempotencyKey: string;
}

/** How far a tool is, as it tells itself. */
export interface ToolProgress {
  progress: number;
  total?: number;
  message?: string;
}

export interface ToolCallOptions extends CallOptions {
  /** How long a tool may take, handshake included, in milliseconds. It may be silent all that time. @default 600_000 */
  timeoutMs?: number;
  /** Called when the tool tells how far it is, which it need not. */
  onProgress?: (progress: ToolProgress) => void;
}

/** Makes one call; an operation that changes something needs an idempotency key. @throws DuvoError */
export type Call = <N extends OperationName>(
  name: N,
  input: OperationInput<N>,
  options?: ToolCallOptions & Partial<MutationOptions>,
) => Promise<OperationOutput<N>>;
