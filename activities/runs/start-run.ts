import { performance } from 'node:perf_hooks';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { type DuvoClient, DuvoError, type ExtraFields, type Run, type RunView } from '../../duvo';
import { attemptAge, CallFailureTypes, START_AMBIGUOUS } from '../failures';
import { findStartedRun, type StartedRuns } from './find-started-run';
import { cancellationSignal, httpAttempt } from '../http-attempt';
import { idempotencyKey } from '../idempotency-key';
import { KnownStarts } from './known-starts';
import { lookAt, type RunLook, toLook } from './run-look';

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

/** A run that may be the one that was started. */
export interface StartCandidate {
  runId: string;
  status: string;
  createdAt?: string;
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

interface Fault {
  type: string;
  method: string;
  path: string;
  /** Duvo took the start, but this of its answer cannot be read. */
  field?: string;
}

/** What an attempt leaves in its heartbeat for the next one; it outlives a killed worker. */
interface Word {
  mayHaveArrived: boolean;
  /** How the request that may have arrived ended. */
  fault?: Fault;
  /** Looks so far that left it undecided. */
  looks?: number;
}

/** A run that has just been started may have no message yet: looked at again so often, after so many milliseconds. */
const MOST_LOOKS = 5;
const LOOK_AGAIN_MS = 6_000;

/** A key that Duvo knows from another request may be this old, in milliseconds. */
const KEY_LIFE = 86_400_000;

/** Dates of the HTTP header are whole seconds, and so may Duvo's be. Milliseconds. */
const CLOCK_GRAIN = 2_000;

const MOST_CANDIDATES = 10;

/**
 * Starts a run, once. An attempt whose predecessor may have arrived unheard does not send before it has looked for its
 * run: Duvo may or may not honour the idempotency key.
 */
export function createStartRun(client: DuvoClient) {
  const known = new KnownStarts();
  return async function startRun({ key, ...run }: StartRunInput): Promise<RunLook> {
    const context = Context.current();
    const last = context.info.heartbeatDetails as Word | undefined;
    // Without word from an earlier attempt it is taken for possibly arrived.
    const word: Word = { mayHaveArrived: context.info.attempt > 1, ...last };
    const before = { ...word };
    const leave = (changes: Partial<Word>) => context.heartbeat(Object.assign(word, changes));
    const sent = idempotencyKey(key, run);
    const look = (windowMs: number) =>
      findStartedRun(client, run, { windowMs, isOthers: (runId) => known.isOthers(runId, sent) }, cancellationSignal());

    const adopt = async (found: StartedRuns): Promise<RunLook | undefined> => {
      const { matches, undecided, incomplete } = found;
      const looks = (before.looks ?? 0) + 1;
      // Of a start without a message, a run that has none after all the looks is what it makes.
      const isSettled = run.message === undefined && looks >= MOST_LOOKS;
      const all = isSettled ? [...matches, ...undecided] : matches;
      const [match] = all;
      if (incomplete || all.length > 1) throw ambiguous(found, word);
      // Duvo has said that it took the start: there is a run, even if it does not show yet.
      const isMissing = !match && before.fault?.field !== undefined;
      if (isMissing || (undecided.length > 0 && !isSettled)) {
        if (looks >= MOST_LOOKS) throw ambiguous(found, word);
        leave({ looks });
        throw notYet(found, looks, word);
      }
      if (!match) return undefined;
      known.add(match.id, sent);
      return { ...(await lookAtAdopted(client, match)), start: 'adopted' };
    };

    return httpAttempt(
      async () => {
        if (before.mayHaveArrived) {
          const found = await adopt(await look(elapsed()));
          if (found) return found;
        }
        leave({ mayHaveArrived: true });
        const sentAt = performance.now();
        try {
          const view = await client.runs.start(run, { idempotencyKey: sent });
          known.add(view.run?.id, sent);
          const isOlder = ageOf(view) > performance.now() - sentAt + CLOCK_GRAIN;
          return { ...toLook(view.run?.id ?? '', view), ...(isOlder && { start: 'adopted' as const }) };
        } catch (error) {
          if (!(error instanceof DuvoError)) throw error;
          if (error.kind === 'invalid' && /idempotency/i.test(error.code ?? '')) {
            // The key is known, so a run was started by it; under what else it was sent does not matter.
            const found = await look(KEY_LIFE);
            const adopted = await adopt(found);
            if (adopted) return adopted;
            throw ambiguous(found, word);
          }
          const { kind, method, path } = error;
          const field = kind === 'contract' ? (error.field ?? 'body') : undefined;
          if (error.reached === 'maybe') leave({ fault: { type: CallFailureTypes[kind], method, path, field } });
          else leave({ mayHaveArrived: before.mayHaveArrived });
          throw error;
        }
      },
      { conflictMayBeInFlight: true, unreadIsRetried: true },
      () => word,
    );
  };
}

/** Since the first attempt was scheduled: by Temporal's clock up to this attempt, by this machine's for its own wait. */
function elapsed(): number {
  const { currentAttemptScheduledTimestampMs } = Context.current().info;
  return attemptAge() + Math.max(0, Date.now() - currentAttemptScheduledTimestampMs) + CLOCK_GRAIN;
}

/** How old a run was when Duvo answered, by Duvo's own clock; 0 when it does not tell. */
function ageOf({ run, serverTime }: RunView): number {
  return run?.createdAt && serverTime ? Date.parse(serverTime) - Date.parse(run.createdAt) || 0 : 0;
}

/** A run whose every look cannot be read is adopted all the same: so its watch fails with its id known. */
async function lookAtAdopted(client: DuvoClient, run: Run): Promise<RunLook> {
  try {
    return await lookAt(client, run.id, cancellationSignal());
  } catch (error) {
    if (!(error instanceof DuvoError) || error.kind !== 'contract') throw error;
    return toLook(run.id, { run });
  }
}

function notYet({ undecided }: StartedRuns, looks: number, { fault }: Word): ApplicationFailure {
  const seen = undecided.length > 0 ? `${undecided.length} new runs have no message yet` : 'no new run is seen yet';
  return ApplicationFailure.create({
    message: `runs.start: ${lost(fault)}; ${seen} (look ${looks} of ${MOST_LOOKS})`,
    type: fault?.type ?? 'Duvo.Timeout',
    details: [aboutStart(fault)],
    nextRetryDelay: LOOK_AGAIN_MS,
  });
}

function ambiguous({ matches, undecided }: StartedRuns, { fault }: Word): ApplicationFailure {
  const candidates = [...matches, ...undecided].slice(0, MOST_CANDIDATES).map(toCandidate);
  const details: StartAmbiguity = { ...aboutStart(fault), candidates };
  return ApplicationFailure.nonRetryable(
    `${lost(fault)}, and what became of it cannot be told: ${candidates.length} runs may be it`,
    START_AMBIGUOUS,
    details,
  );
}

function lost(fault?: Fault): string {
  return fault?.field === undefined
    ? 'the answer to the start was lost'
    : `the answer to the start is not what the API promises (${fault.field} is missing or wrong)`;
}

function aboutStart({ method, path, field }: Partial<Fault> = {}) {
  return { operation: 'runs.start', method, path, field };
}

function toCandidate({ id, status, createdAt }: Run): StartCandidate {
  return { runId: id, status, ...(createdAt !== undefined && { createdAt }) };
}
