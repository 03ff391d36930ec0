/** A map that forgets its oldest entries, so that a worker which runs for years does not grow. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, { value: V; weight: number }>();
  #weight = 0;

  /** @param maxWeight limit of the sum of all weights */
  constructor(private readonly maxWeight: number) {}

  get(key: K): V | undefined {
    return this.#entries.get(key)?.value;
  }

  values(): V[] {
    return Array.from(this.#entries.values(), ({ value }) => value);
  }

  /** Sets an entry, which then is the newest one. An entry that weighs more than the limit is not kept. */
  set(key: K, value: V, weight = 1): void {
    this.delete(key);
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.maxWeight) return;
      this.delete(oldest);
    }
  }

  delete(key: K): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
