import { type DuvoClient, DuvoError, MAX_MESSAGES_PER_PAGE } from '../../../duvo';
import { isTransient } from '../../fault-history';
import { BoundedMap } from './bounded-map';

/**
 * `agent`: the agent writes without having received a message. `none`: the run had no message at `readAt`, in milliseconds
 * of `performance.now()`. `unreadable`: the messages could not be read at `readAt`, and another attempt at once is no use.
 */
export type FirstMessage =
  | { by: 'user'; text: string }
  | { by: 'agent' }
  | { by: 'none'; readAt: number }
  | { by: 'unreadable'; readAt: number };

const MAX_CACHED_CHARS = 20_000_000;

/** What an entry of the cache needs besides its text, in characters. */
const ENTRY_CHARS = 200;

/**
 * Reads the first messages of runs. The first message of a run never changes, so a worker reads the message once for all
 * of its searches, and searches that need the message at the same time share one request. A run that had no message, or
 * none that can be read, is read again only by a search for which that read is too old.
 */
export class FirstMessages {
  readonly #messages = new BoundedMap<string, FirstMessage>(MAX_CACHED_CHARS);
  readonly #reads = new Map<string, Promise<FirstMessage>>();

  constructor(private readonly client: DuvoClient) {}

  /**
   * Returns the message if the worker has read the message before.
   *
   * @param noneSince a read before this time that found no message does not count, in milliseconds of `performance.now()`
   */
  cached(runId: string, noneSince: number): FirstMessage | undefined {
    const message = this.#messages.get(runId);
    return message && 'readAt' in message && message.readAt < noneSince ? undefined : message;
  }

  /** Whether the last read of the run found no message. */
  hadNone(runId: string): boolean {
    const message = this.#messages.get(runId);
    return message !== undefined && 'readAt' in message;
  }

  /** @throws DuvoError when another attempt may succeed */
  async read(runId: string, noneSince: number): Promise<FirstMessage> {
    const cached = this.cached(runId, noneSince);
    if (cached) return cached;
    let read = this.#reads.get(runId);
    if (!read) {
      read = this.#request(runId).finally(() => this.#reads.delete(runId));
      this.#reads.set(runId, read);
    }
    return read;
  }

  async #request(runId: string): Promise<FirstMessage> {
    const message = await this.#requestFirst(runId);
    this.#messages.set(runId, message, ENTRY_CHARS + ('text' in message ? message.text.length : 0));
    return message;
  }

  async #requestFirst(runId: string): Promise<FirstMessage> {
    const readAt = performance.now();
    try {
      const { messages } = await this.client.runs.listMessagesPage(runId, { limit: MAX_MESSAGES_PER_PAGE });
      const first = messages.find(({ role }) => role === 'user');
      if (first) return { by: 'user', text: first.text ?? '' };
      return messages.length > 0 ? { by: 'agent' } : { by: 'none', readAt };
    } catch (error) {
      if (!(error instanceof DuvoError) || isTransient(error)) throw error;
      return { by: 'unreadable', readAt };
    }
  }
}
