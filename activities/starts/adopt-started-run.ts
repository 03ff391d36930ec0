import { Context } from '@temporalio/activity';
import { type DuvoClient, DuvoError, type Run } from '../../duvo';
import { toFailure } from '../to-failure';
import { cancellationSignal } from '../http-attempt';
import { readRunSnapshot, type RunSnapshot, toRunSnapshot } from '../runs/run-snapshot';
import type { AttemptState } from './attempt-state';
import { findClaimedRuns } from './search/claimed-runs';
import type { StartedRunFinder, StartedRunSearch } from './search/find-started-run';
import { judgeSearch } from './search/judge-search';
import type { StartClaims } from './search/start-claims';
import { ambiguousFailure, undecidedFailure } from './start-failures';

/** What all starts of a worker share. */
export interface StartParts {
  client: DuvoClient;
  claims: StartClaims;
  finder: StartedRunFinder;
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

/** Searches for the run that earlier attempts of a start may have created, and adopts the run. */
export class StartedRunAdoption {
  readonly #state: AttemptState;

  constructor(
    private readonly parts: StartParts,
    state: AttemptState,
  ) {
    this.#state = state;
  }

  async findRuns(windowMs: number): Promise<StartedRunSearch> {
    const excluded = new Set(this.#state.details.excluded);
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
  async adopt(search: StartedRunSearch): Promise<RunSnapshot | undefined> {
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
}

/** Reads the run that is adopted. A run that cannot be read now is as the list showed it, and its watch polls it. */
async function readAdoptedRun(client: DuvoClient, run: Run): Promise<RunSnapshot> {
  try {
    return await readRunSnapshot(client, run.id, cancellationSignal());
  } catch (error) {
    if (!(error instanceof DuvoError) || error.kind === 'aborted') throw error;
    return toRunSnapshot(run.id, { run });
  }
}
