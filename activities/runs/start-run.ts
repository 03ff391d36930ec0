import { performance } from 'node:perf_hooks';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { FailureTypes } from '../../contract/failures';
import type { StartCandidate } from '../../contract/runs';
import { type DuvoClient, DuvoError, type Run, type RunView } from '../../duvo';
import { activityAgeMs, CallFailureTypes } from '../failures';
import { cancellationSignal, idempotencyKey, runHttpAttempt } from '../http-attempt';
import { findStartedRun, KnownStarts, type StartedRunSearch } from './find-started-run';
import type { StartRunInput } from './start-run-input';
import { readRunSnapshot, type RunSnapshot, toRunSnapshot } from './run-snapshot';

/** The first detail of `Duvo.StartAmbiguous`. */
export interface StartAmbiguity {
  operation: string;
  method?: string;
  path?: string;
  /** The field of Duvo's response that could not be read; absent when there was no response. */
  field?: string;
  candidates: StartCandidate[];
}

interface FailedRequest {
  type: string;
  method: string;
  path: string;
  /** Set when Duvo accepted the start, but this field of its response cannot be read. */
  field?: string;
}

/** What an attempt leaves in its heartbeat for the next attempt; it survives a killed worker. */
interface HeartbeatDetails {
  mayHaveArrived: boolean;
  /** How the request that may have arrived failed. */
  failedRequest?: FailedRequest;
  /** Number of searches so far that found no definite run. */
  searchCount?: number;
}

/** A run that was just started may have no message yet, so an undecided search is repeated. */
const MAX_SEARCHES = 5;
const SEARCH_RETRY_DELAY_MS = 6_000;

/** When Duvo knows an idempotency key from another request, that request may be this old. */
const MAX_KEY_AGE_MS = 86_400_000;

/** The HTTP header `Date` has whole seconds, and Duvo's times may have, too. */
const CLOCK_RESOLUTION_MS = 2_000;

const MAX_CANDIDATES = 10;

/**
 * Makes the activity that starts a run exactly once. When an earlier attempt may have reached Duvo without a response,
 * the attempt searches for its run before it sends the start again, since Duvo may ignore the idempotency key.
 */
export function createStartRun(client: DuvoClient) {
  const knownStarts = new KnownStarts();
  return async function startRun({ key, ...run }: StartRunInput): Promise<RunSnapshot> {
    const context = Context.current();
    const lastDetails = context.info.heartbeatDetails as HeartbeatDetails | undefined;
    // An earlier attempt without heartbeat details may have reached Duvo.
    const details: HeartbeatDetails = { mayHaveArrived: context.info.attempt > 1, ...lastDetails };
    const previous = { ...details };
    const updateDetails = (changes: Partial<HeartbeatDetails>) => context.heartbeat(Object.assign(details, changes));
    const requestKey = idempotencyKey(key, run);

    const findRuns = (windowMs: number) =>
      findStartedRun(
        client,
        run,
        { windowMs, isOfOtherStart: (runId) => knownStarts.isOfOtherStart(runId, requestKey) },
        cancellationSignal(),
      );

    const adoptRun = async (search: StartedRunSearch): Promise<RunSnapshot | undefined> => {
      const searchCount = (previous.searchCount ?? 0) + 1;
      // A start without a message creates a run without a message: after all searches, such a run is a match.
      const isSettled = run.message === undefined && searchCount >= MAX_SEARCHES;
      const candidates = isSettled ? [...search.matches, ...search.undecided] : search.matches;
      const [match] = candidates;
      if (search.incomplete || candidates.length > 1) throw ambiguousFailure(search, details);
      // Duvo confirmed the start, so the run exists even when the list does not show it yet.
      const isMissing = !match && previous.failedRequest?.field !== undefined;
      if (isMissing || (search.undecided.length > 0 && !isSettled)) {
        if (searchCount >= MAX_SEARCHES) throw ambiguousFailure(search, details);
        updateDetails({ searchCount });
        throw undecidedFailure(search, searchCount, details);
      }
      if (!match) return undefined;
      knownStarts.add(match.id, requestKey);
      return { ...(await readAdoptedRun(client, match)), origin: 'adopted' };
    };

    const sendStart = async (): Promise<RunSnapshot> => {
      const sentAt = performance.now();
      const view = await client.runs.start(run, { idempotencyKey: requestKey });
      knownStarts.add(view.run?.id, requestKey);
      const isOlder = runAgeMs(view) > performance.now() - sentAt + CLOCK_RESOLUTION_MS;
      return { ...toRunSnapshot(view.run?.id ?? '', view), ...(isOlder && { origin: 'adopted' as const }) };
    };

    return runHttpAttempt(
      async () => {
        if (previous.mayHaveArrived) {
          const adopted = await adoptRun(await findRuns(elapsedMs()));
          if (adopted) return adopted;
        }
        updateDetails({ mayHaveArrived: true });
        try {
          return await sendStart();
        } catch (error) {
          if (!(error instanceof DuvoError)) throw error;
          if (error.kind === 'invalid-request' && /idempotency/i.test(error.code ?? '')) {
            // Duvo knows the key, so the key has started a run, even if the earlier request had another body.
            const search = await findRuns(MAX_KEY_AGE_MS);
            const adopted = await adoptRun(search);
            if (adopted) return adopted;
            throw ambiguousFailure(search, details);
          }
          if (error.reached === 'maybe') updateDetails({ failedRequest: toFailedRequest(error) });
          else updateDetails({ mayHaveArrived: previous.mayHaveArrived });
          throw error;
        }
      },
      { conflictMayBeInFlight: true, retryUnreadable: true },
      () => details,
    );
  };
}

function toFailedRequest({ kind, method, path, field }: DuvoError): FailedRequest {
  return {
    type: CallFailureTypes[kind],
    method,
    path,
    ...(kind === 'contract-violation' && { field: field ?? 'body' }),
  };
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

/** Reads the run that is adopted. If the response cannot be read, the run is adopted, and its watch fails with its id. */
async function readAdoptedRun(client: DuvoClient, run: Run): Promise<RunSnapshot> {
  try {
    return await readRunSnapshot(client, run.id, cancellationSignal());
  } catch (error) {
    if (!(error instanceof DuvoError) || error.kind !== 'contract-violation') throw error;
    return toRunSnapshot(run.id, { run });
  }
}

function undecidedFailure(
  { undecided }: StartedRunSearch,
  searchCount: number,
  { failedRequest }: HeartbeatDetails,
): ApplicationFailure {
  const reason =
    undecided.length > 0 ? `${undecided.length} new runs have no message yet` : 'no new run is visible yet';
  return ApplicationFailure.create({
    message: `runs.start: ${lostResponseMessage(failedRequest)}; ${reason} (search ${searchCount} of ${MAX_SEARCHES})`,
    type: failedRequest?.type ?? CallFailureTypes.timeout,
    details: [startRequestFacts(failedRequest)],
    nextRetryDelay: SEARCH_RETRY_DELAY_MS,
  });
}

function ambiguousFailure(
  { matches, undecided }: StartedRunSearch,
  { failedRequest }: HeartbeatDetails,
): ApplicationFailure {
  const candidates = [...matches, ...undecided].slice(0, MAX_CANDIDATES).map(toCandidate);
  const details: StartAmbiguity = { ...startRequestFacts(failedRequest), candidates };
  const message = `${lostResponseMessage(failedRequest)}, and ${candidates.length} runs may be the run that it created`;
  return ApplicationFailure.nonRetryable(message, FailureTypes.StartAmbiguous, details);
}

function lostResponseMessage(failedRequest?: FailedRequest): string {
  return failedRequest?.field === undefined
    ? 'the response to the start was lost'
    : `the response to the start does not follow the API (${failedRequest.field} is missing or wrong)`;
}

function startRequestFacts({ method, path, field }: Partial<FailedRequest> = {}) {
  return { operation: 'runs.start', method, path, field };
}

function toCandidate({ id, status, createdAt }: Run): StartCandidate {
  return { runId: id, status, ...(createdAt !== undefined && { createdAt }) };
}
