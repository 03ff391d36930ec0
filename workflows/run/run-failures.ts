import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { CancelOutcome, RunFailureDetails } from '../../contract/runs';
import { FailureTypes } from '../../contract/failures';
import { clocksAt, type RunMemory } from './run-machine';

export function failureDetails(memory: RunMemory, stop?: CancelOutcome): RunFailureDetails {
  return {
    ...(memory.runId && { runId: memory.runId }),
    gates: memory.gates.map(({ gate }) => gate),
    clocks: clocksAt(memory, Date.now()),
    ...(stop && { stopOutcome: stop }),
  };
}

export function runFailure(type: string, message: string, memory: RunMemory, stop?: CancelOutcome): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, type, failureDetails(memory, stop));
}

/** The failure of a run whose agent has not said what it was to say. */
export function outputInvalidFailure(memory: RunMemory, problems: string[] = []): ApplicationFailure {
  const message = `what the agent of Duvo run ${memory.runId} said last does not fit the schema: ${problems[0]}`;
  return ApplicationFailure.nonRetryable(message, FailureTypes.OutputInvalid, { ...failureDetails(memory), problems });
}

/** The failure of a run that ended without completing. */
export function failureOfEndedRun(memory: RunMemory): ApplicationFailure {
  const run = `Duvo run ${memory.runId ?? ''}`;
  switch (memory.status) {
    case 'interrupted':
      return runFailure(
        FailureTypes.RunInterrupted,
        `${run} was interrupted: a message to it in Duvo resumes it`,
        memory,
      );
    case 'canceled':
      return runFailure(FailureTypes.RunCanceled, `${run} was stopped in Duvo`, memory);
    case 'gone':
      return runFailure(FailureTypes.RunGone, `${run} is not known to Duvo, or not visible to this key`, memory);
    default:
      return runFailure(FailureTypes.RunFailed, `${run} failed`, memory);
  }
}

/** A Duvo call that failed for good ends the run: with the call's type, and with what is known of the run. */
export function callFailure(error: unknown, memory: RunMemory, stop?: CancelOutcome): unknown {
  const cause = applicationCause(error);
  if (!cause) return error;
  const details: unknown[] = [failureDetails(memory, stop), ...(cause.details ?? [])];
  return ApplicationFailure.create({
    message: cause.message,
    type: cause.type ?? FailureTypes.RunFailed,
    nonRetryable: true,
    details,
    cause,
  });
}

/** The failure that an activity left with, if it left with one. */
export function applicationCause(error: unknown): ApplicationFailure | undefined {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : undefined;
}
