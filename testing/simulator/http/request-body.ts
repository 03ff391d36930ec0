import type { Refusal } from '../shared/refusal';

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
