import type { Answer } from './api';

interface Kept {
  fingerprint: string;
  answer?: Answer;
}

/** The keys that the service has seen: the same key with the same request is the same request (draft 06 of the header). */
export class IdempotencyKeys {
  private readonly kept = new Map<string, Kept>();

  /** What the first request of this key was answered; `conflict` says why this one is refused. */
  claim(
    key: string,
    fingerprint: string,
  ): { answer?: Answer; conflict?: 'idempotency_key_reused' | 'idempotency_in_flight' } {
    const kept = this.kept.get(key);
    if (!kept) {
      this.kept.set(key, { fingerprint });
      return {};
    }
    if (kept.fingerprint !== fingerprint) return { conflict: 'idempotency_key_reused' };
    return kept.answer ? { answer: kept.answer } : { conflict: 'idempotency_in_flight' };
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
