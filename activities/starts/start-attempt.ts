import { Context } from '@temporalio/activity';
import { type DuvoClient, DuvoError, type Run, type RunView } from '../../duvo';
import { activityAgeMs, toFailure } from '../failures';
import { isTransient } from '../fault-history';
import { cancellationSignal, idempotencyKey, runHttpAttempt } from '../http-attempt';
import { readRunSnapshot, type RunSnapshot, toRunSnapshot } from '../runs/run-snapshot';
import { findClaimedRuns } from './claimed-runs';
import { toFirstMessage } from './compare-messages';
import type { StartContent, StartedRunFinder, StartedRunSearch } from './find-started-run';
import type { StartClaims } from './start-claims';
import { ambiguousFailure, type FailedRequest, toFailedRequest, undecidedFailure } from './start-failures';
import type { StartRunInput } from './start-run-input';

/** What an attempt leaves in its heartbeat for the next attempt; it survives a killed worker. */
interface HeartbeatDetails {
  mayHaveArrived: boolean;
  /** How the request that may have arrived failed. */
  failedRequest?: FailedRequest;
  /** Number of searches so far that found no definite run. */
  searchCount?: number;
  /** Ids of runs that the start has not created, so that the next attempt does not read them again. */
  excluded?: string[];
}

interface StartParts {
  client: DuvoClient;
  claims: StartClaims;
  finder: StartedRunFinder;
  firstMessageFormat?: string;
}

/** A run that was just started may have no message yet, or not be listed yet, so an undecided search is repeated. */
const MAX_SEARCHES = 5;
const SEARCH_RETRY_DELAY_MS = 6_000;

/** Which run belongs to which start may be known a moment later, when the other starts have their responses. */
const MAX_CLAIM_SEARCHES = 2;
const CLAIM_RETRY_DELAY_MS = 2_000;

/**
 * Delay after a search with a fault. It does not grow with the number of attempts: the searches of a worker share their
 * requests, and a start that grows old has more and more new runs to exclude.
 */
const FAULT_RETRY_DELAY_MS = 2_000;

/** Delay before the next attempt reads the messages of further runs. */
const READ_ON_DELAY_MS = 1_000;

/** Limit of the ids in the heartbeat details. */
const MAX_EXCLUDED = 500;

/** When Duvo knows an idempotency key from another request, that request may be this old. */
const MAX_KEY_AGE_MS = 86_400_000;

/** The HTTP header `Date` has whole seconds, and Duvo's times may have, too. */
const CLOCK_RESOLUTION_MS = 2_000;

/** One attempt of a start. */
export class StartAttempt {
  readonly #content: StartContent;
  readonly #requestKey: string;
  readonly #previous: HeartbeatDetails;
  readonly #details: HeartbeatDetails;

  constructor(
    private readonly parts: StartParts,
    { key, ...content }: StartRunInput,
  ) {
    const { attempt, heartbeatDetails: lastDetails } = Context.current().info as {
      attempt: number;
      heartbeatDetails?: HeartbeatDetails;
    };
    this.#content = content;
    this.#requestKey = idempotencyKey(key, content);
    // An earlier attempt without heartbeat details may have reached Duvo.
    this.#previous = { mayHaveArrived: attempt > 1, ...lastDetails };
    this.#details = { ...this.#previous };
  }

  run(): Promise<RunSnapshot> {
    const { claims, firstMessageFormat } = this.parts;
    const { agentId, message } = this.#content;
    if (message !== undefined) claims.rememberFirstMessage(agentId, toFirstMessage(message, firstMessageFormat));
    return runHttpAttempt(
      () => this.#adoptOrStart(),
      { conflictMayBeInFlight: true, retryUnreadable: true },
      () => this.#details,
    );
  }

  async #adoptOrStart(): Promise<RunSnapshot> {
    if (this.#previous.mayHaveArrived) {
      this.#markOpen();
      const adopted = await this.#adoptRun(await this.#findRuns(elapsedMs()));
      if (adopted) return adopted;
    }
    this.#updateDetails({ mayHaveArrived: true });
    try {
      return await this.#sendStart();
    } catch (error) {
      if (!(error instanceof DuvoError)) throw error;
      if (error.kind === 'invalid-request' && /idempotency/i.test(error.code ?? '')) {
        // Duvo knows the key, so the key has started a run, even if the earlier request had another body.
        const search = await this.#findRuns(MAX_KEY_AGE_MS);
        const adopted = await this.#adoptRun(search);
        if (adopted) return adopted;
        throw ambiguousFailure(search, this.#details.failedRequest);
      }
      if (error.reached === 'maybe') this.#updateDetails({ failedRequest: toFailedRequest(error) });
      else this.#updateDetails({ mayHaveArrived: this.#previous.mayHaveArrived });
      if (this.#details.mayHaveArrived) this.#markOpen();
      else this.parts.claims.close(this.#requestKey);
      throw error;
    }
  }

  async #findRuns(windowMs: number): Promise<StartedRunSearch> {
    const excluded = new Set(this.#previous.excluded);
    const searching = this.parts.finder.find(this.#content, {
      requestKey: this.#requestKey,
      createdSinceMs: Date.now() - windowMs,
      excluded,
      findClaimed: findClaimedRuns,
    });
    try {
      // The requests of a search are shared with other searches, so a cancellation ends the wait, not the requests.
      return await Promise.race([searching, Context.current().cancelled]);
    } catch (error) {
      throw toFailure(error, { minDelayMs: FAULT_RETRY_DELAY_MS });
    } finally {
      searching.catch(() => undefined);
      if (excluded.size > 0) this.#updateDetails({ excluded: [...excluded].slice(-MAX_EXCLUDED) });
    }
  }

  /** Returns the run that the start has created; `undefined` when there is none. @throws when that is undecided */
  async #adoptRun(search: StartedRunSearch): Promise<RunSnapshot | undefined> {
    const { claims, client } = this.parts;
    const { failedRequest } = this.#previous;
    const searchCount = (this.#previous.searchCount ?? 0) + 1;
    if (search.unread > 0) {
      const reason = `the messages of ${search.unread} new runs are not read yet`;
      throw undecidedFailure(reason, READ_ON_DELAY_MS, failedRequest);
    }
    // Another start may have claimed a run while this search was waiting for its requests.
    const matches = search.matches.filter(({ id }) => claims.otherOwnerOf(id, this.#requestKey) === undefined);
    // A start without a message creates a run without a message: after all searches, such a run is a match.
    if (this.#content.message === undefined && searchCount >= MAX_SEARCHES) matches.push(...search.undecided.splice(0));
    const wait = search.isIncomplete ? undefined : this.#reasonToWait(search, matches, searchCount);
    if (wait) {
      this.#updateDetails({ searchCount });
      const reason = `${wait.reason} (search ${searchCount} of ${wait.maxSearches})`;
      throw undecidedFailure(reason, wait.delayMs, failedRequest);
    }
    const [match] = matches;
    const isUnfound = !match && (search.similar.length > 0 || search.undecided.length > 0 || this.#isConfirmed);
    if (search.isIncomplete || search.unreadable || isUnfound || this.#hasForeign(matches))
      throw ambiguousFailure({ ...search, matches }, failedRequest);
    if (!match) return undefined;
    claims.claim(match.id, this.#requestKey);
    return { ...(await readAdoptedRun(client, match)), origin: 'adopted' };
  }

  /** Returns why the search is repeated before it is decided. */
  #reasonToWait(
    { unreadable, undecided, similar }: StartedRunSearch,
    matches: Run[],
    searchCount: number,
  ): { reason: string; delayMs: number; maxSearches: number } | undefined {
    const wait = (reason: string, maxSearches: number, delayMs: number) =>
      searchCount < maxSearches ? { reason, maxSearches, delayMs } : undefined;
    const waitForDuvo = (reason: string) => wait(reason, MAX_SEARCHES, SEARCH_RETRY_DELAY_MS);
    const waitForClaims = (reason: string, maxSearches: number) => wait(reason, maxSearches, CLAIM_RETRY_DELAY_MS);
    if (unreadable) return waitForDuvo(`the list of runs cannot be read: ${unreadable.message}`);
    if (undecided.length > 0) return waitForDuvo(`${undecided.length} new runs have no message yet`);
    if (matches.length === 0 && this.#isConfirmed) return waitForDuvo('no new run is visible yet');
    if (matches.length > 0 && this.parts.claims.countOpen(this.#contentKey).sending > 0)
      return waitForClaims('a start with the same message is in flight', MAX_SEARCHES);
    if (this.#hasForeign(matches))
      return waitForClaims(`${matches.length} new runs have this message`, MAX_CLAIM_SEARCHES);
    if (matches.length === 0 && similar.length > 0)
      return waitForClaims(`${similar.length} new runs have a similar message`, MAX_CLAIM_SEARCHES);
    return undefined;
  }

  /** Whether there are more runs with this message than this worker has starts of it: one is somebody else's. */
  #hasForeign(matches: Run[]): boolean {
    return matches.length > Math.max(1, this.parts.claims.countOpen(this.#contentKey).open);
  }

  /** Whether Duvo accepted the start. Then the run exists even when the list does not show it yet. */
  get #isConfirmed(): boolean {
    return this.#previous.failedRequest?.field !== undefined;
  }

  get #contentKey(): string {
    return idempotencyKey('', this.#content);
  }

  #markOpen(): void {
    this.parts.claims.open(this.#requestKey, this.#contentKey, { isSending: false });
  }

  async #sendStart(): Promise<RunSnapshot> {
    const { claims } = this.parts;
    claims.open(this.#requestKey, this.#contentKey, { isSending: true });
    const sentAt = performance.now();
    let view = await this.#postStart(this.#requestKey);
    // Another start of the same content, whose request never arrived, has adopted this run: the two starts swap.
    const other = claims.otherOwnerOf(view.run?.id, this.#requestKey);
    if (other !== undefined) view = await this.#postStart(other);
    claims.claim(view.run?.id, this.#requestKey);
    const isOlder = runAgeMs(view) > performance.now() - sentAt + CLOCK_RESOLUTION_MS;
    return { ...toRunSnapshot(view.run?.id ?? '', view), ...(isOlder && { origin: 'adopted' as const }) };
  }

  #postStart(key: string): Promise<RunView> {
    return this.parts.client.runs.start(this.#content, { idempotencyKey: key });
  }

  #updateDetails(changes: Partial<HeartbeatDetails>): void {
    Context.current().heartbeat(Object.assign(this.#details, changes));
  }
}

/**
 * Returns the time since the first attempt was scheduled. Temporal's clock counts until this attempt was scheduled, and
 * this machine's clock counts the time that the attempt waited for the worker.
 */
function elapsedMs(): number {
  const { currentAttemptScheduledTimestampMs } = Context.current().info;
  return activityAgeMs() + Math.max(0, Date.now() - currentAttemptScheduledTimestampMs) + CLOCK_RESOLUTION_MS;
}

/** Returns the age of a run at the time of Duvo's response, by Duvo's clock; 0 when Duvo does not return the times. */
function runAgeMs({ run, serverTime }: RunView): number {
  return run?.createdAt && serverTime ? Date.parse(serverTime) - Date.parse(run.createdAt) || 0 : 0;
}

/** Reads the run that is adopted. If the response says nothing about the run, the run is adopted, and its watch polls it. */
async function readAdoptedRun(client: DuvoClient, run: Run): Promise<RunSnapshot> {
  try {
    return await readRunSnapshot(client, run.id, cancellationSignal());
  } catch (error) {
    if (!(error instanceof DuvoError) || isTransient(error)) throw error;
    return toRunSnapshot(run.id, { run });
  }
}
