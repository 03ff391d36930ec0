import { setTimeout } from 'node:timers/promises';
import type { GatesClient, ListedGate } from '../../client';
import type { FeedState, Person } from '../api-types';

/** Time for which a list is used again, and time between two reads while a page is open. Visibility is a second behind. */
const MAX_AGE_MS = 1_000;
const READ_INTERVAL_MS = 2_000;

type Listener = (state: FeedState) => void;

interface CachedList {
  readAtMs: number;
  gates: Promise<ListedGate[]>;
}

/**
 * The open gates. All pages share one read of visibility, which asks no workflow. While a page listens, the feed reads the list
 * at an interval and reports each change.
 */
export class GateFeed {
  readonly #lists = new Map<string, CachedList>();
  readonly #listeners = new Set<Listener>();
  #state: FeedState = { revision: 0, isAvailable: true };
  #lastContent: string | undefined;
  #isReading = false;

  constructor(private readonly gates: GatesClient) {}

  /** Lists the open gates. @param person only gates that this person may answer and has not answered */
  list(person?: Person): Promise<ListedGate[]> {
    const key = JSON.stringify(person ?? null);
    const known = this.#lists.get(key);
    if (known && Date.now() - known.readAtMs < MAX_AGE_MS) return known.gates;
    const gates = this.read(person);
    this.#lists.set(key, { readAtMs: Date.now(), gates });
    gates.then(
      (all) => !person && this.publishChange(JSON.stringify(all)),
      () => {
        // A failed read is not used again.
        this.#lists.delete(key);
        if (this.#state.isAvailable) this.publish({ ...this.#state, isAvailable: false });
      },
    );
    return gates;
  }

  /** Makes the next list a new one, because an answer has changed it. */
  expire(): void {
    this.#lists.clear();
  }

  /** Calls the listener with the present state, and after each change. Returns the function that ends this. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    if (!this.#isReading) void this.readWhileListening();
    return () => this.#listeners.delete(listener);
  }

  private async read(person?: Person): Promise<ListedGate[]> {
    const all: ListedGate[] = [];
    for await (const gate of this.gates.list(person && { person })) all.push(gate);
    return all;
  }

  private async readWhileListening(): Promise<void> {
    this.#isReading = true;
    while (this.#listeners.size > 0) {
      await this.list().catch(() => undefined);
      await setTimeout(READ_INTERVAL_MS, undefined, { ref: false });
    }
    this.#isReading = false;
  }

  /** A page may have read a list that no interval has seen, so each read counts, and not only those at the interval. */
  private publishChange(content: string): void {
    if (content === this.#lastContent && this.#state.isAvailable) return;
    this.#lastContent = content;
    this.publish({ revision: this.#state.revision + 1, isAvailable: true });
  }

  private publish(state: FeedState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
