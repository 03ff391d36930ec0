import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { type CallEffect, FailureTypes } from '../../contract/failures';
import { type CancelOutcome, RUN_GONE, type RunFailureDetails } from '../../contract/runs';
import { cutText } from '../../contract/text/cut-text';
import { clocksAt, type RunMemory } from './run-machine';

/** Limit of the agent's last message in a failure. */
const MAX_LAST_MESSAGE_CHARS = 2_000;

/** What only some failures of a run have. */
export interface FailureExtras {
  stopOutcome?: CancelOutcome;
  lastMessage?: string;
  problems?: string[];
}

export function failureDetails(
  memory: RunMemory,
  { stopOutcome, lastMessage, problems }: FailureExtras = {},
): RunFailureDetails {
  return {
    ...(memory.runId && { runId: memory.runId }),
    ...(memory.outcome !== undefined && { outcome: memory.outcome }),
    ...(lastMessage && { lastMessage: cutText(lastMessage, MAX_LAST_MESSAGE_CHARS, '… (the rest is in Duvo)') }),
    gates: memory.gates.map(({ gate }) => gate),
    clocks: clocksAt(memory, Date.now()),
    ...(problems && { problems }),
    ...(stopOutcome && { stopOutcome }),
  };
}

export function runFailure(
  type: string,
  message: string,
  memory: RunMemory,
  extras?: FailureExtras,
): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, type, failureDetails(memory, extras));
}

/** Returns the failure of a run whose agent never sent a last message that fits the schema. */
export function outputInvalidFailure(
  memory: RunMemory,
  problems: string[] = [],
  lastMessage?: string,
): ApplicationFailure {
  const message = `the last message of the agent of Duvo run ${memory.runId} does not fit the schema: ${problems[0]}`;
  return runFailure(FailureTypes.OutputInvalid, message, memory, { problems, lastMessage });
}

/** Returns the failure of a run that completed, but whose output is not known. */
export function replyUnreadableFailure(memory: RunMemory, cause: string): ApplicationFailure {
  const message = `Duvo run ${memory.runId} completed, but the last message of its agent cannot be read: ${cause}`;
  return runFailure(FailureTypes.RunUnreadable, message, memory);
}

/** Returns the failure of a workflow whose start stayed ambiguous. */
export function startAmbiguousFailure(memory: RunMemory): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    'it is not known whether the run was started, and a person decided not to search for it any more',
    FailureTypes.StartAmbiguous,
    failureDetails(memory),
    { operation: 'runs.start', candidates: memory.ambiguousStart?.candidates ?? [] },
  );
}

/** Returns the failure of a run that ended without completing. */
export function failureOfEndedRun(memory: RunMemory, lastMessage?: string): ApplicationFailure {
  const run = `Duvo run ${memory.runId ?? ''}`;
  const fail = (type: string, message: string) => runFailure(type, message, memory, { lastMessage });
  switch (memory.status) {
    case 'interrupted':
      return fail(FailureTypes.RunInterrupted, `${run} was interrupted: a message to it in Duvo resumes it`);
    case 'canceled':
      return fail(FailureTypes.RunCanceled, `${run} was stopped in Duvo`);
    case RUN_GONE:
      return fail(FailureTypes.RunGone, `${run} is not known to Duvo, or not visible to this key`);
    default:
      return fail(FailureTypes.RunFailed, `${run} failed`);
  }
}

/**
 * Returns the failure of a run that ends because a Duvo call failed finally. It has the type of the call's failure, and
 * the details of the run before the details of the call.
 */
export function callFailure(error: unknown, memory: RunMemory): unknown {
  const cause = applicationCause(error);
  if (!cause) return error;
  const details: unknown[] = [failureDetails(memory), ...(cause.details ?? [])];
  return ApplicationFailure.create({
    message: cause.message,
    type: cause.type ?? FailureTypes.RunFailed,
    nonRetryable: true,
    details,
    cause,
  });
}

/** Returns the application failure that an activity failed with, if there is one. */
export function applicationCause(error: unknown): ApplicationFailure | undefined {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : undefined;
}

/** Whether a call may have taken effect although it failed. */
export function mayHaveTakenEffect({ details }: ApplicationFailure): boolean {
  return (details?.[0] as CallEffect | undefined)?.mayHaveHappened === true;
}

/** Whether the content of a call was refused, and not the call. */
export function isContentRefused({ details }: ApplicationFailure): boolean {
  return (details?.[0] as CallEffect | undefined)?.isContentRefused === true;
}

/** Whether an activity was retried until its time was over, and was not refused. */
export function isCallTimeout(error: unknown): boolean {
  return error instanceof ActivityFailure && (error.retryState === 'TIMEOUT' || error.cause instanceof TimeoutFailure);
}
