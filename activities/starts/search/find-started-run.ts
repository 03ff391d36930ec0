import { BoundedMap } from './bounded-map';
import { type DuvoClient, DuvoError, type Run, type StartRunInput as StartContent } from '../../../duvo';
import { isTransient } from '../../fault-history';
import { compareMessages, trimText } from './compare-messages';
import { type FirstMessage, FirstMessages } from './first-messages';
import { RecentRunLists } from './recent-run-lists';
import type { StartClaims } from './start-claims';

/** The runs that a start may have created. */
export interface StartedRunSearch {
  /** Runs whose first message is the message of the start. */
  matches: Run[];
  /** Runs whose first message is only similar to the message of the start. */
  similar: Run[];
  /** Runs that have no message yet. */
  undecided: Run[];
  /** Time after which another search reads the runs again that have no message, or none that can be read, in milliseconds. */
  rereadDelayMs: number;
  /** Runs whose messages cannot be read. Nothing is known of them, so that none of them is ever adopted. */
  unreadableRuns: Run[];
  /** Number of runs that the next attempt reads. */
  unread: number;
  /** Duvo's response to the list that cannot be read. */
  unreadable?: DuvoError;
  /** Not all runs can be read: this Duvo does not list runs, or there are too many. */
  isIncomplete: boolean;
}

export interface SearchScope {
  /** The key of the request, which names the start in the claims. */
  requestKey: string;
  /** The run was created since then, in milliseconds of this machine's clock. */
  createdSinceMs: number;
  /** Ids of runs that the start has not created. The search adds the runs that it excludes. */
  excluded: Set<string>;
  /** Returns those of the runs that another workflow has started. */
  findClaimed: (runIds: string[]) => Promise<ReadonlySet<string>>;
}

/** Limit of the requests of one attempt for messages. The next attempt reads further messages. */
const MAX_READS_PER_ATTEMPT = 50;
const MAX_CONCURRENT_READS = 5;

/** More unknown runs of one agent than this are not read: the reads would take too many requests. */
const MAX_UNKNOWN_RUNS = 1_000;

/**
 * Time that each run without a message adds to the time between two reads of such runs. Runs that wait in Duvo's queue may
 * have no message for long, and their reads must not use more than half of the 300 requests that Duvo accepts a minute.
 */
const REREAD_DELAY_PER_RUN_MS = 400;

const MAX_SEARCHES = 10_000;

/** A search that was not continued for so long begins anew, because another worker may have sent the start meanwhile. */
const MAX_SEARCH_PAUSE_MS = 120_000;

/** The times of a search that takes several attempts, in milliseconds of `performance.now()`. */
interface SearchTimes {
  startedAt: number;
  continuedAt: number;
}

/**
 * Searches for the run of a start whose response was lost: a run of this agent that is new enough, and whose first
 * message is the message of the start. All searches of a worker share the lists and the messages that they read.
 */
export class StartedRunFinder {
  readonly #recentRuns: RecentRunLists;
  readonly #messages: FirstMessages;
  /** The searches that are not finished. What was read after the start of a search is new enough for it. */
  readonly #searchTimes = new BoundedMap<string, SearchTimes>(MAX_SEARCHES);

  /** @param messageFormat how the platform shows the message of a start, with `{message}` for the message */
  constructor(
    client: DuvoClient,
    private readonly claims: StartClaims,
    private readonly messageFormat?: string,
  ) {
    this.#recentRuns = new RecentRunLists(client);
    this.#messages = new FirstMessages(client);
  }

  /** @throws DuvoError when a request failed and another attempt may succeed; what was read is kept for that attempt */
  async find(sought: StartContent, scope: SearchScope): Promise<StartedRunSearch> {
    const search = await this.#search(sought, scope);
    // Nothing of the list is left to read, so a repeated search must request a new list. The time of the search marks the list.
    if (search.unread === 0) this.#searchTimes.delete(scope.requestKey);
    return search;
  }

  async #search(sought: StartContent, scope: SearchScope): Promise<StartedRunSearch> {
    const search: StartedRunSearch = {
      matches: [],
      similar: [],
      undecided: [],
      unreadableRuns: [],
      unread: 0,
      rereadDelayMs: 0,
      isIncomplete: false,
    };
    const startedAt = this.#continueSearch(scope.requestKey);
    const runs = await this.#listCandidates(sought, scope, search, startedAt);
    search.rereadDelayMs = runs.filter(({ id }) => this.#messages.hadNone(id)).length * REREAD_DELAY_PER_RUN_MS;
    // Each run is read at most once in a search, however many attempts the search takes.
    const noneSince = startedAt - search.rereadDelayMs;
    const uncached = runs.filter(({ id }) => !this.#messages.cached(id, noneSince));
    search.isIncomplete ||= uncached.length > MAX_UNKNOWN_RUNS;
    if (search.isIncomplete) return { ...search, undecided: runs };
    const postponed = new Set(uncached.slice(MAX_READS_PER_ATTEMPT));
    search.unread = postponed.size;
    await this.#readMessages(
      runs.filter((run) => !postponed.has(run)),
      noneSince,
      (run, message) => {
        const verdict = this.#classify(sought, message);
        if (verdict === 'excluded') scope.excluded.add(run.id);
        else search[verdict].push(run);
      },
    );
    search.rereadDelayMs = (search.undecided.length + search.unreadableRuns.length) * REREAD_DELAY_PER_RUN_MS;
    return search;
  }

  async #listCandidates(
    { agentId, sandboxId }: StartContent,
    { requestKey, createdSinceMs, excluded, findClaimed }: SearchScope,
    search: StartedRunSearch,
    listedSinceMs: number,
  ): Promise<Run[]> {
    try {
      const { runs, isComplete } = await this.#recentRuns.list(agentId, { createdSinceMs, listedSinceMs });
      search.isIncomplete = !isComplete;
      const candidates = runs.filter(
        (run) =>
          (run.agentId ?? agentId) === agentId &&
          (sandboxId === undefined || (run.sandboxId ?? sandboxId) === sandboxId) &&
          !excluded.has(run.id) &&
          this.claims.otherOwnerOf(run.id, requestKey) === undefined,
      );
      const claimed = await findClaimed(candidates.map(({ id }) => id));
      for (const runId of claimed) excluded.add(runId);
      return candidates.filter(({ id }) => !claimed.has(id));
    } catch (error) {
      if (!(error instanceof DuvoError) || isTransient(error)) throw error;
      if (error.kind === 'not-supported') search.isIncomplete = true;
      else search.unreadable = error;
      return [];
    }
  }

  /** Returns when the search began that this attempt continues. */
  #continueSearch(requestKey: string): number {
    const continuedAt = performance.now();
    const last = this.#searchTimes.get(requestKey);
    const startedAt = last && continuedAt - last.continuedAt < MAX_SEARCH_PAUSE_MS ? last.startedAt : continuedAt;
    this.#searchTimes.set(requestKey, { startedAt, continuedAt });
    return startedAt;
  }

  /** Reads all messages, also when some reads fail, so that the next attempt repeats only the reads that failed. */
  async #readMessages(
    runs: Run[],
    noneSince: number,
    onRead: (run: Run, message: FirstMessage) => void,
  ): Promise<void> {
    const queue = [...runs];
    let fault: Error | undefined;
    const readNext = async (): Promise<void> => {
      for (let run = queue.shift(); run; run = queue.shift()) {
        try {
          onRead(run, await this.#messages.read(run.id, noneSince));
        } catch (error) {
          fault ??= error as Error;
        }
      }
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT_READS }, readNext));
    if (fault) throw fault;
  }

  #classify(
    { agentId, message: sent }: StartContent,
    message: FirstMessage,
  ): 'matches' | 'similar' | 'undecided' | 'unreadableRuns' | 'excluded' {
    if (message.by === 'unreadable') return 'unreadableRuns';
    if (message.by === 'none') return 'undecided';
    // An agent that writes without having received a message was started without a message.
    if (message.by === 'agent' || sent === undefined) {
      return message.by === 'agent' && sent === undefined ? 'matches' : 'excluded';
    }
    const fit = compareMessages(message.text, sent, this.messageFormat);
    if (fit === 'equal') return 'matches';
    // The run of another start of this worker is no candidate, although its claim is missing until its response is here.
    const isOfOtherStart = this.claims.isFirstMessageOfStart(agentId, trimText(message.text));
    return fit === 'similar' && !isOfOtherStart ? 'similar' : 'excluded';
  }
}
