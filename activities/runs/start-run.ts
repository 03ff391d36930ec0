import { performance } from 'node:perf_hooks';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { type DuvoClient, DuvoError, type ExtraFields, type Run, type RunView } from '../../duvo';
import { FailureTypes } from '../../contract/failures';
import type { StartCandidate } from '../../contract/runs';
import { activityAgeMs, CallFailureTypes } from '../failures';
import { findStartedRun, type StartedRunSearch } from './find-started-run';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { idempotencyKey } from '../idempotency-key';
import { KnownStarts } from './known-starts';
import { readRunSnapshot, type RunSnapshot, toRunSnapshot } from './run-snapshot';

export interface StartRunInput {
  agentId: string;
  message?: string;
  sandboxId?: string;
  webhookUrl?: string;
  /** Dialect `v1` only. */
  extraFields?: ExtraFields;
  /** Names the start: every attempt of it, and every workflow that adopts it, gives the same. */
  key: string;
}

/** First of the details of `Duvo.StartAmbiguous`. */
export interface StartAmbiguity {
  operation: string;
  method?: string;
  path?: string;
  /** What of Duvo's answer could not be read; absent when there was none. */
  field?: string;
  candidates: StartCandidate[];
}

interface FailedRequest {
  type: string;
  method: string;
  path: string;
  /** Duvo took the start, but this of its answer cannot be read. */
  field?: string;
}

/** What an attempt leaves in its heartbeat for the next one; it outlives a killed worker. */
interface HeartbeatDetails {
  mayHaveArrived: boolean;
  /** How the request that may have arrived ended. */
  fault?: FailedRequest;
  /** Looks so far that left it undecided. */
  looks?: number;
}

/** A run that has just been started may have no message yet: looked at again so often, after so many milliseconds. */
const MAX_SEARCHES = 5;
const SEARCH_RETRY_DELAY_MS = 6_000;

/** A key that Duvo knows from another request may be this old, in milliseconds. */
const MAX_KEY_AGE_MS = 86_400_000;

/** Dates of the HTTP header are whole seconds, and so may Duvo's be. Milliseconds. */
const CLOCK_RESOLUTION_MS = 2_000;

const MAX_CANDIDATES = 10;

/**
 * Starts a run, once. An attempt whose predecessor may have arrived unheard does not send before it has looked for its
 * run: Duvo may or may not honour the idempotency key.
 */
export function createStartRun(client: DuvoClient) {
  const knownStarts = new KnownStarts();
  return async function startRun({ key, ...run }: StartRunInput): Promise<RunSnapshot> {
    const context = Context.current();
    const lastDetails = context.info.heartbeatDetails as HeartbeatDetails | undefined;
    // Without word from an earlier attempt it is taken for possibly arrived.
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

    const adoptRun = async (found: StartedRunSearch): Promise<RunSnapshot | undefined> => {
      const { matches, undecided, incomplete } = found;
      const searchCount = (previous.looks ?? 0) + 1;
      // Of a start without a message, a run that has none after all the looks is what it makes.
      const isSettled = run.message === undefined && searchCount >= MAX_SEARCHES;
      const candidates = isSettled ? [...matches, ...undecided] : matches;
      const [match] = candidates;
      if (incomplete || candidates.length > 1) throw ambiguousFailure(found, details);
      // Duvo has said that it took the start: there is a run, even if it does not show yet.
      const isMissing = !match && previous.fault?.field !== undefined;
      if (isMissing || (undecided.length > 0 && !isSettled)) {
        if (searchCount >= MAX_SEARCHES) throw ambiguousFailure(found, details);
        updateDetails({ looks: searchCount });
        throw undecidedFailure(found, searchCount, details);
      }
      if (!match) return undefined;
      knownStarts.add(match.id, requestKey);
      return { ...(await readAdoptedRun(client, match)), start: 'adopted' };
    };

    return runHttpAttempt(
      async () => {
        if (previous.mayHaveArrived) {
          const found = await adoptRun(await findRuns(elapsedMs()));
          if (found) return found;
        }
        updateDetails({ mayHaveArrived: true });
        const sentAt = performance.now();
        try {
          const view = await client.runs.start(run, { idempotencyKey: requestKey });
          knownStarts.add(view.run?.id, requestKey);
          const isOlder = runAgeMs(view) > performance.now() - sentAt + CLOCK_RESOLUTION_MS;
          return { ...toRunSnapshot(view.run?.id ?? '', view), ...(isOlder && { start: 'adopted' as const }) };
        } catch (error) {
          if (!(error instanceof DuvoError)) throw error;
          if (error.kind === 'invalid-request' && /idempotency/i.test(error.code ?? '')) {
            // The key is known, so a run was started by it; under what else it was sent does not matter.
            const found = await findRuns(MAX_KEY_AGE_MS);
            const adopted = await adoptRun(found);
            if (adopted) return adopted;
            throw ambiguousFailure(found, details);
          }
          const { kind, method, path } = error;
          const field = kind === 'contract-violation' ? (error.field ?? 'body') : undefined;
          if (error.reached === 'maybe')
            updateDetails({ fault: { type: CallFailureTypes[kind], method, path, field } });
          else updateDetails({ mayHaveArrived: previous.mayHaveArrived });
          throw error;
        }
      },
      { conflictMayBeInFlight: true, retryUnreadable: true },
      () => details,
    );
  };
}

/** Since the first attempt was scheduled: by Temporal's clock up to this attempt, by this machine's for its own wait. */
function elapsedMs(): number {
  const { currentAttemptScheduledTimestampMs } = Context.current().info;
  return activityAgeMs() + Math.max(0, Date.now() - currentAttemptScheduledTimestampMs) + CLOCK_RESOLUTION_MS;
}

/** How old a run was when Duvo answered, by Duvo's own clock; 0 when it does not tell. */
function runAgeMs({ run, serverTime }: RunView): number {
  return run?.createdAt && serverTime ? Date.parse(serverTime) - Date.parse(run.createdAt) || 0 : 0;
}

/** A run whose every look cannot be read is adopted all the same: so its watch fails with its id known. */
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
  { fault }: HeartbeatDetails,
): ApplicationFailure {
  const reason = undecided.length > 0 ? `${undecided.length} new runs have no message yet` : 'no new run is seen yet';
  return ApplicationFailure.create({
    message: `runs.start: ${lostResponseMessage(fault)}; ${reason} (look ${searchCount} of ${MAX_SEARCHES})`,
    type: fault?.type ?? 'Duvo.Timeout',
    details: [startRequestFacts(fault)],
    nextRetryDelay: SEARCH_RETRY_DELAY_MS,
  });
}

function ambiguousFailure({ matches, undecided }: StartedRunSearch, { fault }: HeartbeatDetails): ApplicationFailure {
  const candidates = [...matches, ...undecided].slice(0, MAX_CANDIDATES).map(toCandidate);
  const details: StartAmbiguity = { ...startRequestFacts(fault), candidates };
  return ApplicationFailure.nonRetryable(
    `${lostResponseMessage(fault)}, and what became of it cannot be told: ${candidates.length} runs may be it`,
    FailureTypes.StartAmbiguous,
    details,
  );
}

function lostResponseMessage(fault?: FailedRequest): string {
  return fault?.field === undefined
    ? 'the answer to the start was lost'
    : `the answer to the start is not what the API promises (${fault.field} is missing or wrong)`;
}

function startRequestFacts({ method, path, field }: Partial<FailedRequest> = {}) {
  return { operation: 'runs.start', method, path, field };
}

function toCandidate({ id, status, createdAt }: Run): StartCandidate {
  return { runId: id, status, ...(createdAt !== undefined && { createdAt }) };
}
