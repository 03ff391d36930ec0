import type { Refusal } from '../shared/refusal';

export interface RequestBody {
  /** The parsed body; `undefined` when the body is empty or cannot be parsed. */
  value: unknown;
  /** Equal for requests with equal content; idempotency keys compare it. */
  fingerprint: string;
  isEmpty: boolean;
  /** Why the body is invalid. It is thrown only after the caller is authorized. */
  refusal?: Refusal;
}

export const EMPTY_BODY: RequestBody = { value: undefined, fingerprint: '', isEmpty: true };
