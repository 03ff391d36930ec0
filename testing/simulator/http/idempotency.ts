import type { Answer } from '../refusal';

/**
 * What a key that was seen does: `honour`: the first answer once more (draft 06 of the header); `ignore`: nothing, as a
 * service may; `refuse`: always 422; `in-flight`: always 409.
 */
export type KeyMode = 'honour' | 'ignore' | 'refuse' | 'in-flight';

interface Kept {
  fingerprint: string;
  answer?: Answer;
}

type Conflict = 'idempotency_key_reused' | 'idempotency_in_flight';

/** The keys that the service has seen. */
export class IdempotencyKeys {
  private readonly kept = new Map<string, Kept>();

  constructor(readonly mode: KeyMode) {}

  /** What the first request of this key was answered; `conflict` says why this one is refused. */
  claim(key: string, fingerprint: string): { answer?: Answer; conflict?: Conflict } {
    if (this.mode === 'ignore') return {};
    const kept = this.kept.get(key);
    if (!kept) {
      this.kept.set(key, { fingerprint });
      return {};
    }
    if (this.mode === 'refuse' || kept.fingerprint !== fingerprint) return { conflict: 'idempotency_key_reused' };
    if (this.mode === 'in-flight' || !kept.answer) return { conflict: 'idempotency_in_flight' };
    return { answer: kept.answer };
  }

  /** What was refused is not remembered, so that it can be sent again. */
  settle(key: string, answer: Answer): void {
    const kept = this.kept.get(key);
    if (!kept) return;
    if (answer.status < 400) kept.answer = answer;
    else this.kept.delete(key);
  }

  drop(key: string): void {
    this.kept.delete(key);
  }
}
