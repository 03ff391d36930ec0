import { Context } from '@temporalio/activity';
import { type DuvoClient, DuvoError, type Run, type RunView } from '../../duvo';
import { toFailure } from '../failures';
import { isTransient } from '../fault-history';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { readRunSnapshot, type RunSnapshot, toRunSnapshot } from '../runs/run-snapshot';
import { AttemptState, nowMs } from './attempt-state';
import { inheritRun } from './inherit-run';
import { findClaimedRuns } from './search/claimed-runs';
import { toFirstMessage } from './search/compare-messages';
import type { StartedRunFinder, StartedRunSearch } from './search/find-started-run';
import { judgeSearch } from './search/judge-search';
import type { StartClaims } from './search/start-claims';
import type { StartRunInput } from './search/start-run-input';
import { ambiguousFailure, markNotStarted, toFailedRequest, undecidedFailure } from './start-failures';

interface StartParts {
  client: DuvoClient;
  claims: StartClaims;
  finder: StartedRunFinder;
  firstMessageFormat?: string;
}

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

/** An attempt of a former workflow has ended so long after that workflow: an attempt lasts at most 90 s. */
const MAX_FORMER_ATTEMPT_MS = 95_000;
const FORMER_RETRY_DELAY_MS = 10_000;

/** One attempt of a start. */
export class StartAttempt {
  readonly #state: AttemptState;

  constructor(
    private readonly parts: StartParts,
    input: StartRunInput,
  ) {
    this.#state = new AttemptState(input);
  }

  run(): Promise<RunSnapshot> {
    const { claims, firstMessageFormat } = this.parts;
    const { agentId, message } = this.#state.content;
    if (message !== undefined) claims.rememberFirstMessage(agentId, toFirstMessage(message, firstMessageFormat));
    return runHttpAttempt(
      async () => (await inheritRun(this.#state, this.parts)) ?? this.#adoptOrStart(),
      { conflictMayBeInFlight: true, retryUnreadable: true, read: this.#state.read },
      () => this.#state.details,
    ).catch((error: unknown) => {
      throw this.#state.details.mayHaveArrived ? error : markNotStarted(error);
    });
  }

  async #adoptOrStart(): Promise<RunSnapshot> {
    const { start: formerStart } = this.#state.details.former ?? {};
    if (this.#state.previous.mayHaveArrived || formerStart) {
      this.#markOpen();
      const sentAtMs = formerStart?.sentAtMs ?? Context.current().info.scheduledTimestampMs;
      const adopted = await this.#adoptRun(await this.#findRuns(nowMs() - sentAtMs + CLOCK_RESOLUTION_MS));
      if (adopted) return adopted;
      const waitMs = (formerStart?.closedAtMs ?? -Infinity) + MAX_FORMER_ATTEMPT_MS - nowMs();
      if (waitMs > 0) {
        const reason = 'an attempt of the former workflow may still be under way';
        throw undecidedFailure(reason, Math.min(waitMs, FORMER_RETRY_DELAY_MS));
      }
    }
    this.#state.update({ mayHaveArrived: true });
    try {
      return await this.#sendStart();
    } catch (error) {
      if (!(error instanceof DuvoError)) throw error;
      if (error.kind === 'invalid-request' && /idempotency/i.test(error.code ?? '')) {
        // Duvo knows the key, so the key has started a run, even if the earlier request had another body.
        const search = await this.#findRuns(MAX_KEY_AGE_MS);
        const adopted = await this.#adoptRun(search);
        if (adopted) return adopted;
        throw ambiguousFailure(search, this.#state.startKey, this.#state.details.failedRequest);
      }
      if (error.reached === 'maybe') this.#state.update({ failedRequest: toFailedRequest(error) });
      else this.#state.update({ mayHaveArrived: this.#state.previous.mayHaveArrived });
      if (this.#state.details.mayHaveArrived) this.#markOpen();
      else this.parts.claims.close(this.#state.requestKey);
      throw error;
    }
  }

  async #findRuns(windowMs: number): Promise<StartedRunSearch> {
    const excluded = new Set(this.#state.previous.excluded);
    const searching = this.parts.finder.find(this.#state.content, {
      requestKey: this.#state.requestKey,
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
      if (excluded.size > 0) this.#state.update({ excluded: [...excluded].slice(-MAX_EXCLUDED) });
    }
  }

  /** Returns the run that the start has created; `undefined` when there is none. @throws when that is undecided */
  async #adoptRun(search: StartedRunSearch): Promise<RunSnapshot | undefined> {
    const { claims, client } = this.parts;
    const { failedRequest } = this.#state.previous;
    if (search.unread > 0) {
      const reason = `the messages of ${search.unread} new runs are not read yet`;
      throw undecidedFailure(reason, READ_ON_DELAY_MS, failedRequest);
    }
    const searchCount = (this.#state.previous.searchCount ?? 0) + 1;
    // Another start may have claimed a run while this search was waiting for its requests.
    const isUnclaimed = ({ id }: Run) => claims.otherOwnerOf(id, this.#state.requestKey) === undefined;
    const evidence = { ...search, matches: search.matches.filter(isUnclaimed) };
    const verdict = judgeSearch({
      ...evidence,
      searchCount,
      hasMessage: this.#state.content.message !== undefined,
      isConfirmed: failedRequest?.field !== undefined,
      ownStarts: claims.countOpen(this.#state.contentKey),
    });
    switch (verdict.kind) {
      case 'wait':
        this.#state.update({ searchCount });
        throw undecidedFailure(verdict.reason, verdict.delayMs, failedRequest);
      case 'ambiguous':
        throw ambiguousFailure(evidence, this.#state.startKey, failedRequest);
      case 'none':
        return undefined;
      case 'found':
        claims.claim(verdict.run.id, this.#state.requestKey);
        return { ...(await readAdoptedRun(client, verdict.run)), origin: 'adopted' };
    }
  }

  #markOpen(): void {
    this.parts.claims.open(this.#state.requestKey, this.#state.contentKey, { isSending: false });
  }

  async #sendStart(): Promise<RunSnapshot> {
    const { claims } = this.parts;
    claims.open(this.#state.requestKey, this.#state.contentKey, { isSending: true });
    const sentAt = performance.now();
    let view = await this.#postStart(this.#state.requestKey);
    // Another start of the same content, whose request never arrived, has adopted this run: the two starts swap.
    const other = claims.otherOwnerOf(view.run?.id, this.#state.requestKey);
    if (other !== undefined) view = await this.#postStart(other);
    claims.claim(view.run?.id, this.#state.requestKey);
    const isOlder = runAgeMs(view) > performance.now() - sentAt + CLOCK_RESOLUTION_MS;
    return { ...toRunSnapshot(view.run?.id ?? '', view), ...(isOlder && { origin: 'adopted' as const }) };
  }

  #postStart(key: string): Promise<RunView> {
    return this.parts.client.runs.start(this.#state.content, { idempotencyKey: key });
  }
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
