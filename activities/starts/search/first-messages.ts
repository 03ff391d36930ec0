import { type DuvoClient, MAX_MESSAGES_PER_PAGE } from '../../../duvo';
import { BoundedMap } from './bounded-map';

/** `agent`: the agent writes without having received a message. `none`: the run has no message yet. */
export type FirstMessage = { by: 'user'; text: string } | { by: 'agent' } | { by: 'none' };

const MAX_CACHED_CHARS = 20_000_000;

/** What an entry of the cache needs besides its text, in characters. */
const ENTRY_CHARS = 200;

/**
 * Reads the first messages of runs. The first message of a run never changes, so a worker reads the message once for all
 * of its searches, and searches that need the message at the same time share one request.
 */
export class FirstMessages {
  readonly #messages = new BoundedMap<string, FirstMessage>(MAX_CACHED_CHARS);
  readonly #reads = new Map<string, Promise<FirstMessage>>();

  constructor(private readonly client: DuvoClient) {}

  /** Returns the message if the worker has read the message before. */
  cached(runId: string): FirstMessage | undefined {
    return this.#messages.get(runId);
  }

  /** @throws DuvoError */
  async read(runId: string): Promise<FirstMessage> {
    const cached = this.#messages.get(runId);
    if (cached) return cached;
    let read = this.#reads.get(runId);
    if (!read) {
      read = this.#request(runId).finally(() => this.#reads.delete(runId));
      this.#reads.set(runId, read);
    }
    return read;
  }

  async #request(runId: string): Promise<FirstMessage> {
    const { messages } = await this.client.runs.listMessagesPage(runId, { limit: MAX_MESSAGES_PER_PAGE });
    const first = messages.find(({ role }) => role === 'user');
    if (first) {
      const message = { by: 'user', text: first.text ?? '' } as const;
      this.#messages.set(runId, message, message.text.length + ENTRY_CHARS);
      return message;
    }
    return { by: messages.length > 0 ? 'agent' : 'none' };
  }
}
