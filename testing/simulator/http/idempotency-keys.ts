import type { HttpResponse } from '../shared/refusal';

/**
 * The response to a repeated idempotency key. `honour`: the first response again (draft 06 of the header). `ignore`: the
 * operation is performed again, as in a service without support for keys. `refuse`: always 422. `in-flight`: always 409.
 */
export type IdempotencyKeyMode = 'honour' | 'ignore' | 'refuse' | 'in-flight';

interface SeenKey {
  fingerprint: string;
  answer?: HttpResponse;
}

type KeyConflict = 'idempotency_key_reused' | 'idempotency_in_flight';

/** Remembers the idempotency keys of requests and the responses to them. */
export class IdempotencyKeys {
  private readonly seenKeys = new Map<string, SeenKey>();

  constructor(readonly mode: IdempotencyKeyMode = 'honour') {}

  /** Claims a key. @returns the response to the first request with this key, or the reason to refuse this request, or neither */
  claim(key: string, fingerprint: string): { answer?: HttpResponse; conflict?: KeyConflict } {
    if (this.mode === 'ignore') return {};
    const seen = this.seenKeys.get(key);
    if (!seen) {
      this.seenKeys.set(key, { fingerprint });
      return {};
    }
    if (this.mode === 'refuse' || seen.fingerprint !== fingerprint) return { conflict: 'idempotency_key_reused' };
    if (this.mode === 'in-flight' || !seen.answer) return { conflict: 'idempotency_in_flight' };
    return { answer: seen.answer };
  }

  /** Stores the response to a key. An error response drops the key, so that the client can send the request again. */
  storeAnswer(key: string, answer: HttpResponse): void {
    const seen = this.seenKeys.get(key);
    if (!seen) return;
    if (answer.status < 400) seen.answer = answer;
    else this.seenKeys.delete(key);
  }

  drop(key: string): void {
    this.seenKeys.delete(key);
  }
}
