import type { HttpResponse } from '../shared/refusal';

/**
 * What a key that was seen does: `honour`: the first answer once more (draft 06 of the header); `ignore`: nothing, as a
 * service may; `refuse`: always 422; `in-flight`: always 409.
 */
export type IdempotencyKeyMode = 'honour' | 'ignore' | 'refuse' | 'in-flight';

interface SeenKey {
  fingerprint: string;
  answer?: HttpResponse;
}

type KeyConflict = 'idempotency_key_reused' | 'idempotency_in_flight';

/** The keys that the service has seen. */
export class IdempotencyKeys {
  private readonly seenKeys = new Map<string, SeenKey>();

  constructor(readonly mode: IdempotencyKeyMode) {}

  /** What the first request of this key was answered; `conflict` says why this one is refused. */
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

  /** What was refused is not remembered, so that it can be sent again. */
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
