import type { Refusal } from '../shared/refusal';

/** What was received of a file: its content is counted and hashed, not kept. */
export interface ReceivedBytes {
  size: number;
  sha256: string;
}

export interface ReceivedFile extends ReceivedBytes {
  /** Where it goes in the sandbox. */
  path: string;
}

/** A request's body. */
export interface RequestBody {
  /** What it says; `undefined` when there is none, or it cannot be read. */
  value: unknown;
  /** The same for the same bytes. */
  fingerprint: string;
  isEmpty: boolean;
  /** Why it is refused, once it is known who asks. */
  refusal?: Refusal;
}

/** No body. */
export const EMPTY_BODY: RequestBody = { value: undefined, fingerprint: '', isEmpty: true };
