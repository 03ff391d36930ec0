import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isIdempotencyCode } from '../../contract/failures';
import type { DuvoAnswer } from '../../contract/gates/gates';
import { MAX_STALE_REQUEST_MS } from '../../contract/run-plan';
import { isTerminalStatus } from '../../contract/runs';
import { type DuvoClient, DuvoError } from '../../duvo';
import { isVerdictOnContent, MAX_RETRY_DELAY_MS, RUN_UNCHANGED, unchangedFailure } from '../to-failure';
import { decideRead } from '../fault-history';
import { type AttemptOptions, cancellationSignal, idempotencyKey, readFaults, runHttpAttempt } from '../http-attempt';
import { markContentRefused, markMayHaveHappened, mayHaveTakenEffect } from '../possible-effect';
import { areDetailsComplete, settleAttempt, type SettledDetails } from '../settled-attempts';
import { readRunSnapshot, toRunReadPolicy } from './run-snapshot';

export interface RespondInput {
  runId: string;
  requestId: string;
  answer: DuvoAnswer;
  key: string;
  /** How long the delivery is repeated while Duvo's answers say nothing about the answer or the run, in milliseconds. */
  faultTimeoutMs: number;
  /** Time between the two reads after which a request that neither of them shows counts as gone, in milliseconds. */
  confirmReadMs: number;
}

/**
 * `answered-elsewhere`: Duvo had somebody else's answer before this one. `answered-unconfirmed`: Duvo has an answer, and
 * does not show whether it is this one. `withdrawn`: the run had ended without an
 * answer. `unconfirmed`: the run was stopped, failed, was interrupted or is gone, and Duvo does not show whether it had this answer before.
 */
export type RespondVerdict = 'delivered' | 'answered-elsewhere' | 'answered-unconfirmed' | 'withdrawn' | 'unconfirmed';

/** What an attempt leaves in its heartbeat for the next attempt. */
interface DeliveryDetails extends SettledDetails {
  /** Whether a request of this delivery may have taken effect. */
  mayHaveArrived: boolean;
  /** When the last such request was sent, in milliseconds of Temporal's clock. */
  sentAtMs: number;
  /** Whether Duvo showed the request as open after that: the answer is missing, or the read met a replica that lags. */
  wasSeenOpen?: boolean;
  /** When a read first did not show the request although the run had not ended. That read may be outdated. */
  missingSinceMs?: number;
  /** Until this time, in milliseconds, Duvo does not want the answer again. */
  notBeforeMs?: number;
}

/** The maximum time between two reads of the run while an answer is being delivered. */
const MAX_READ_INTERVAL_MS = 60_000;

/** Makes the activity that delivers an answer. */
export const createDeliverAnswer = (client: DuvoClient) => (input: RespondInput) => deliverAnswer(client, input);

/**
 * Delivers an answer. What Duvo shows decides: the run is read before every repetition, and after a response that leaves
 * open what happened. A request that is still open is answered again. A request that is not open any more was answered: by
 * this workflow when one of its requests may have taken effect, otherwise by somebody else; or the run has ended. A read
 * that shows the request as open is evidence of a missing answer only after {@link MAX_STALE_REQUEST_MS}. A read that does
 * not show the request is evidence of an answer only together with a second one, or with a response to the answer. Each
 * attempt records what is known before its next call, because that call may fail.
 *
 * @throws ApplicationFailure `Duvo.InvalidRequest`, `Duvo.TooLarge` or `Duvo.Conflict` when Duvo refuses the answer: the
 * request has no answer. After any other failure, `mayHaveHappened` in the first detail says that Duvo may have the answer.
 */
async function deliverAnswer(
  client: DuvoClient,
  { runId, requestId, answer, key, faultTimeoutMs, confirmReadMs }: RespondInput,
): Promise<RespondVerdict> {
  const context = Context.current();
  const now = context.info.currentAttemptScheduledTimestampMs;
  const isRepetition = context.info.attempt > 1;
  const lastDetails = context.info.heartbeatDetails as DeliveryDetails | undefined;
  const details: DeliveryDetails = {
    mayHaveArrived: false,
    sentAtMs: now,
    ...lastDetails,
    ...(!areDetailsComplete() && { mayHaveArrived: true, sentAtMs: now }),
  };
  const read = toRunReadPolicy(faultTimeoutMs);
  const options: AttemptOptions<RespondVerdict> = {
    conflictMayBeInFlight: true,
    read,
    undecided: read,
    onFault: (faults, failure, error) => {
      if (error.method === 'GET' && decideRead(error, faults, read, now) === 'gone')
        return details.mayHaveArrived ? 'unconfirmed' : 'withdrawn';
      if (!failure.nonRetryable) return undefined;
      if (isRefusalOfAnswer(error)) throw markContentRefused(failure);
      if (details.mayHaveArrived) throw markMayHaveHappened(failure);
      return undefined;
    },
  };
  const faults = readFaults();
  const record = (known: Partial<DeliveryDetails>) =>
    context.heartbeat({ ...Object.assign(details, known), ...(faults && { faults }) });
  const readVerdict = async ({ isConfirmed = false } = {}) => {
    const { request, status } = await readRunSnapshot(client, runId, cancellationSignal());
    if (request?.id !== requestId) {
      const { missingSinceMs = Infinity } = details;
      if (isConfirmed || isTerminalStatus(status) || now - missingSinceMs >= confirmReadMs)
        return toRespondVerdict(status, details);
      const sinceMs = Math.min(missingSinceMs, now);
      record({ missingSinceMs: sinceMs });
      throw unchangedFailure(`run ${runId}`, `not at ${requestId}`, sinceMs + confirmReadMs - now);
    }
    if (details.missingSinceMs !== undefined) record({ missingSinceMs: undefined });
    if (details.mayHaveArrived && now - details.sentAtMs >= MAX_STALE_REQUEST_MS)
      record({ mayHaveArrived: false, wasSeenOpen: false });
    else if (details.mayHaveArrived) record({ wasSeenOpen: true });
    return undefined;
  };
  const respond = async (): Promise<RespondVerdict> => {
    const before = { ...details };
    record({ mayHaveArrived: true, sentAtMs: now, wasSeenOpen: false, notBeforeMs: undefined });
    try {
      await client.runs.respond(runId, requestId, answer, {
        idempotencyKey: idempotencyKey(key, [runId, requestId, answer]),
      });
      return 'delivered';
    } catch (error) {
      if (!(error instanceof DuvoError)) throw error;
      // The run is read in the meantime, however long Duvo does not want the answer again.
      options.maxDelayMs = MAX_READ_INTERVAL_MS;
      record({
        ...(!mayHaveTakenEffect(error) && before),
        notBeforeMs: undefined,
        ...settleAttempt(),
        ...(error.retryAfterMs && { notBeforeMs: now + Math.min(error.retryAfterMs, MAX_RETRY_DELAY_MS) }),
      });
      const verdict = isUndecided(error)
        ? await readAfter(error, () => readVerdict({ isConfirmed: isVerdictOfDuvo(error) }))
        : undefined;
      if (verdict) return verdict;
      throw error;
    }
  };
  return runHttpAttempt<RespondVerdict>(
    async () => {
      const verdict = isRepetition ? await readVerdict() : undefined;
      if (verdict) return verdict;
      if ((details.notBeforeMs ?? 0) > now) throw waitingFailure(requestId, (details.notBeforeMs ?? 0) - now);
      return respond();
    },
    options,
    () => ({ ...details }),
  );
}

/** Whether Duvo, or this client before it sends anything, does not accept the answer itself. */
function isRefusalOfAnswer(error: DuvoError): boolean {
  return error.method !== 'GET' && (isVerdictOnContent(error) || error.kind === 'invalid-input');
}

/** Whether the answer may be in Duvo although Duvo did not accept the request, so that the run has to be read. */
function isUndecided({ kind, reached, code }: DuvoError): boolean {
  return reached === 'maybe' || (kind === 'conflict' && !isIdempotencyCode(code));
}

/** Reads the run after a request. When the read fails, too, the error that says more about the next step is thrown. */
async function readAfter<T>(error: DuvoError, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (readError) {
    throw isVerdictOfDuvo(error) ? readError : error;
  }
}

/**
 * Whether Duvo itself responded that the request is closed, or that it took the answer: a conflict, or a 2xx that cannot be
 * read. Such a response is final, unless a read shows the request as open.
 */
function isVerdictOfDuvo({ kind }: DuvoError): boolean {
  return kind === 'conflict' || kind === 'contract-violation';
}

/**
 * Returns the outcome of a request that is not open any more. A run can be stopped, fail or be interrupted before it has an
 * answer, and after.
 */
function toRespondVerdict(status: string, { mayHaveArrived, wasSeenOpen }: DeliveryDetails): RespondVerdict {
  const mayHaveEndedWithoutAnswer = ['canceled', 'failed', 'interrupted'].includes(status);
  if (!mayHaveArrived) return mayHaveEndedWithoutAnswer ? 'withdrawn' : 'answered-elsewhere';
  if (mayHaveEndedWithoutAnswer) return 'unconfirmed';
  return wasSeenOpen ? 'answered-unconfirmed' : 'delivered';
}

/** Returns the benign failure of an attempt that only reads the run, because Duvo does not want the answer yet. */
function waitingFailure(requestId: string, waitMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `Duvo accepts the answer to ${requestId} again in ${Math.ceil(waitMs / 1000)} s; the run is read meanwhile`,
    type: RUN_UNCHANGED,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.min(waitMs, MAX_READ_INTERVAL_MS),
  });
}
