import { createHash } from 'node:crypto';
import { BoundedMap } from './bounded-map';

/** More runs and messages than this are not remembered: starts that still matter are minutes old. */
const MAX_REMEMBERED = 10_000;

/** An open start that was not continued for so long has ended, or is continued by another worker. */
const MAX_OPEN_MS = 180_000;

interface OpenStart {
  content: string;
  /** Whether the request is in flight, so that its run may be in the list before its response is here. */
  isSending: boolean;
  touchedAt: number;
}

/**
 * What the worker knows of its own starts. When many similar runs are started at once and the responses to some starts are
 * lost, the claims keep a search from adopting the run of another start, and two searches from adopting the same run.
 */
export class StartClaims {
  readonly #keyByRunId = new BoundedMap<string, string>(MAX_REMEMBERED);
  readonly #firstMessages = new BoundedMap<string, true>(MAX_REMEMBERED);
  readonly #openStarts = new BoundedMap<string, OpenStart>(MAX_REMEMBERED);

  /** Claims a run for the start of this key. */
  claim(runId: string | undefined, key: string): void {
    if (runId !== undefined) this.#keyByRunId.set(runId, key);
    this.#openStarts.delete(key);
  }

  /** Returns the key of the other start that has claimed the run, if there is one. */
  otherOwnerOf(runId: string | undefined, key: string): string | undefined {
    const owner = runId === undefined ? undefined : this.#keyByRunId.get(runId);
    return owner === key ? undefined : owner;
  }

  /** @param content names the content of the start: starts of the same content cannot be told apart by their runs */
  open(key: string, content: string, { isSending }: { isSending: boolean }): void {
    this.#openStarts.set(key, { content, isSending, touchedAt: performance.now() });
  }

  /** Forgets a start that created no run. */
  close(key: string): void {
    this.#openStarts.delete(key);
  }

  /** Returns the number of starts of the same content whose runs are not known, and how many of them are in flight. */
  countOpen(content: string): { open: number; sending: number } {
    const since = performance.now() - MAX_OPEN_MS;
    const same = this.#openStarts.values().filter((start) => start.content === content && start.touchedAt > since);
    return { open: same.length, sending: same.filter(({ isSending }) => isSending).length };
  }

  rememberFirstMessage(agentId: string, text: string): void {
    this.#firstMessages.set(digest(agentId, text), true);
  }

  /** Whether a start of this worker has the whole text as its first message. */
  isFirstMessageOfStart(agentId: string, text: string): boolean {
    return this.#firstMessages.get(digest(agentId, text)) ?? false;
  }
}

function digest(...texts: string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64');
}
