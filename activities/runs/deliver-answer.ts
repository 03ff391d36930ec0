import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { IDEMPOTENCY_CODE } from '../../contract/failures';
import type { DuvoAnswer } from '../../contract/gates/gates';
import { type DuvoClient, DuvoError } from '../../duvo';
import { isVerdictOnContent, MAX_RETRY_DELAY_MS, RUN_UNCHANGED } from '../to-failure';
import { decideRead } from '../fault-history';
import { type AttemptOptions, cancellationSignal, idempotencyKey, runHttpAttempt } from '../http-attempt';
import { markMayHaveHappened } from '../possible-effect';
import { readRunSnapshot, toRunReadPolicy } from './run-snapshot';

export interface RespondInput {
  runId: string;
  requestId: string;
  answer: DuvoAnswer;
  key: string;
  /** How long the delivery is repeated while Duvo's answers say nothing about the answer or the run, in milliseconds. */
  faultTimeoutMs: number;
}

/**
 * `answered-elsewhere`: Duvo had somebody else's answer before this one. `withdrawn`: the run had ended without an
 * answer. `unconfirmed`: the run was stopped, or is gone, and Duvo does not show whether it had this answer before.
 */
export type RespondVerdict = 'delivered' | 'answered-elsewhere' | 'withdrawn' | 'unconfirmed';

/** What an attempt leaves in its heartbeat for the next attempt. */
interface DeliveryDetails {
  /** Whether a request of this delivery may have taken effect. */
  mayHaveArrived: boolean;
  /** Until this time, in milliseconds, Duvo does not want the answer again. */
  notBeforeMs?: number;
}

/** The maximum time between two reads of the run while an answer is being delivered. */
const MAX_READ_INTERVAL_MS = 60_000;

/** Makes the activity that delivers an answer. */
export const createDeliverAnswer = (client: DuvoClient) => (input: RespondInput) => deliverAnswer(client, input);

/**
 * Delivers an answer. What Duvo shows decides: the run is read before every repetition, and after a response that leaves
 * open what happened. A request that is still open has no answer, and the delivery is repeated. A request that is not
 * open any more was answered: by this workflow when one of its requests may have taken effect, otherwise by somebody
 * else; or the run has ended. Each attempt records what is known before its next call, because that call may fail.
 *
 * @throws ApplicationFailure `Duvo.InvalidRequest`, `Duvo.TooLarge` or `Duvo.Conflict` when Duvo refuses the answer: the
 * request has no answer. After any other failure, `mayHaveHappened` in the first detail says that Duvo may have the answer.
 */
async function deliverAnswer(
  client: DuvoClient,
  { runId, requestId, answer, key, faultTimeoutMs }: RespondInput,
): Promise<RespondVerdict> {
  const context = Context.current();
  const now = context.info.currentAttemptScheduledTimestampMs;
  const isRepetition = context.info.attempt > 1;
  // An earlier attempt without heartbeat details may have delivered the answer.
  const details = (context.info.heartbeatDetails as DeliveryDetails | undefined) ?? { mayHaveArrived: isRepetition };
  const read = toRunReadPolicy(faultTimeoutMs);
  const options: AttemptOptions<RespondVerdict> = {
    conflictMayBeInFlight: true,
    read,
    undecided: read,
    onFault: (faults, failure, error) => {
      if (error.method === 'GET' && decideRead(error, faults, read, now) === 'gone')
        return details.mayHaveArrived ? 'unconfirmed' : 'withdrawn';
      if (failure.nonRetryable && details.mayHaveArrived && !isVerdictOnContent(error))
        throw markMayHaveHappened(failure);
      return undefined;
    },
  };
  const record = (known: Partial<DeliveryDetails>) => context.heartbeat(Object.assign(details, known));
  const readVerdict = async () => {
    const { request, status } = await readRunSnapshot(client, runId, cancellationSignal());
    return request?.id === requestId ? undefined : toRespondVerdict(status, details.mayHaveArrived);
  };
  const respond = async (): Promise<RespondVerdict> => {
    const { mayHaveArrived: mayHaveArrivedBefore } = details;
    record({ mayHaveArrived: true, notBeforeMs: undefined });
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
        mayHaveArrived: error.reached === 'maybe' || mayHaveArrivedBefore,
        ...(error.retryAfterMs && { notBeforeMs: now + Math.min(error.retryAfterMs, MAX_RETRY_DELAY_MS) }),
      });
      const verdict = isUndecided(error) ? await readAfter(error, readVerdict) : undefined;
      if (verdict) return verdict;
      // Duvo itself has processed this request, and the request of the run is open nevertheless.
      if (error.status === 500) record({ mayHaveArrived: mayHaveArrivedBefore });
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

/** Whether the answer may be in Duvo although Duvo did not accept the request, so that the run has to be read. */
function isUndecided({ kind, reached, code }: DuvoError): boolean {
  return reached === 'maybe' || (kind === 'conflict' && !IDEMPOTENCY_CODE.test(code ?? ''));
}

/** Reads the run after a request. When the read fails, too, the error that says more about the next step is thrown. */
async function readAfter<T>(error: DuvoError, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (readError) {
    // A conflict, or a response that cannot be read, is final without a read that shows the request as open.
    throw error.kind === 'conflict' || error.kind === 'contract-violation' ? readError : error;
  }
}

/** Returns the outcome of a request that is not open any more. A run can be stopped before it has an answer, and after. */
function toRespondVerdict(status: string, mayBeOurs: boolean): RespondVerdict {
  const endedWithoutAnswer = ['failed', 'interrupted'].includes(status);
  if (status === 'canceled') return mayBeOurs ? 'unconfirmed' : 'withdrawn';
  if (endedWithoutAnswer && !mayBeOurs) return 'withdrawn';
  return mayBeOurs ? 'delivered' : 'answered-elsewhere';
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
