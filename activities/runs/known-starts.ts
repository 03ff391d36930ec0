/** More starts than this are not remembered: those that still matter are minutes old. */
const MAX_KNOWN_STARTS = 10_000;

/**
 * Which start made which run, as far as this worker has heard: when a batch of look-alikes is started, and the answer to
 * one of them is lost, the runs of the others are not taken for its own.
 */
export class KnownStarts {
  readonly #keys = new Map<string, string>();

  add(runId: string | undefined, key: string): void {
    if (runId === undefined) return;
    this.#keys.set(runId, key);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > MAX_KNOWN_STARTS && oldest !== undefined) this.#keys.delete(oldest);
  }

  isOfOtherStart(runId: string, key: string): boolean {
    return (this.#keys.get(runId) ?? key) !== key;
  }
}
