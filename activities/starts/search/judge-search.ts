import type { Run } from '../../../duvo';
import type { StartedRunSearch } from './find-started-run';

/** What a search found, and what the worker knows of the start and of other starts with the same content. */
export interface SearchEvidence extends StartedRunSearch {
  /** Number of searches of this start so far, with this one. */
  searchCount: number;
  /** Whether the start has a message, so that its run has it as its first message. */
  hasMessage: boolean;
  /** Whether Duvo accepted the start. Then the run exists even when the list does not show it yet. */
  isConfirmed: boolean;
  /** Starts of this worker with the same content whose runs are not known, and how many of them are in flight. */
  ownStarts: { open: number; sending: number };
}

/** `wait`: another search may decide. `ambiguous`: a person must decide. `none`: the start has created no run. */
export type SearchVerdict =
  { kind: 'found'; run: Run } | { kind: 'none' | 'ambiguous' } | { kind: 'wait'; reason: string; delayMs: number };

/** A run that was just started may have no message yet, or not be listed yet, so an undecided search is repeated. */
const MAX_SEARCHES = 5;
const SEARCH_RETRY_DELAY_MS = 6_000;

/** Time that another search waits at least beyond the time in which it would read nothing again. */
const REREAD_MARGIN_MS = 1_000;

/** Which run belongs to which start may be known a moment later, when the other starts have their responses. */
const MAX_CLAIM_SEARCHES = 2;
const CLAIM_RETRY_DELAY_MS = 2_000;

/** Judges a search that has read all runs that it found. */
export function judgeSearch(evidence: SearchEvidence): SearchVerdict {
  const { isIncomplete, unreadable, similar, undecided, unreadableRuns, ownStarts, searchCount } = evidence;
  // A start without a message creates a run without a message: after all searches, such a run is a match, unless the
  // run of the start may be one whose messages cannot be read.
  const isSettled = !evidence.hasMessage && searchCount >= MAX_SEARCHES && unreadableRuns.length === 0;
  const matches = isSettled ? [...evidence.matches, ...undecided] : evidence.matches;
  // One of the runs is somebody else's when there are more runs with this content than starts of this worker.
  const hasForeign = matches.length > Math.max(1, ownStarts.open);
  if (isIncomplete) return { kind: 'ambiguous' };
  const wait = reasonToWait({ ...evidence, matches, undecided: isSettled ? [] : undecided }, hasForeign);
  if (wait) return wait;
  const [run] = matches;
  if (unreadable || hasForeign) return { kind: 'ambiguous' };
  if (run) return { kind: 'found', run };
  const mayExist =
    similar.length > 0 || unreadableRuns.length > 0 || (undecided.length > 0 && !isSettled) || evidence.isConfirmed;
  return { kind: mayExist ? 'ambiguous' : 'none' };
}

function reasonToWait(evidence: SearchEvidence, hasForeign: boolean): SearchVerdict | undefined {
  const {
    unreadable,
    undecided,
    unreadableRuns,
    matches,
    similar,
    isConfirmed,
    ownStarts,
    searchCount,
    rereadDelayMs,
  } = evidence;
  const wait = (reason: string, maxSearches: number, delayMs: number): SearchVerdict | undefined =>
    searchCount < maxSearches
      ? { kind: 'wait', reason: `${reason} (search ${searchCount} of ${maxSearches})`, delayMs }
      : undefined;
  const retryDelayMs = Math.max(SEARCH_RETRY_DELAY_MS, rereadDelayMs + REREAD_MARGIN_MS);
  const waitForDuvo = (reason: string) => wait(reason, MAX_SEARCHES, retryDelayMs);
  const waitForClaims = (reason: string) => wait(reason, MAX_CLAIM_SEARCHES, CLAIM_RETRY_DELAY_MS);
  if (unreadable) return waitForDuvo(`the list of runs cannot be read: ${unreadable.message}`);
  if (unreadableRuns.length > 0) return waitForDuvo(`the messages of ${unreadableRuns.length} new runs cannot be read`);
  if (undecided.length > 0) return waitForDuvo(`${undecided.length} new runs have no message yet`);
  if (matches.length > 0) {
    if (ownStarts.sending > 0)
      return wait('a start with the same message is in flight', MAX_SEARCHES, CLAIM_RETRY_DELAY_MS);
    return hasForeign ? waitForClaims(`${matches.length} new runs have this message`) : undefined;
  }
  if (isConfirmed) return waitForDuvo('no new run is visible yet');
  return similar.length > 0 ? waitForClaims(`${similar.length} new runs have a similar message`) : undefined;
}
