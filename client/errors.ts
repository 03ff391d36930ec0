import { WorkflowNotFoundError } from '@temporalio/client';
import { type ErrorLike, findDuvoFailure } from '../contract/failures';
import type { CancelOutcome, RunClocks, RunFailureDetails } from '../contract/runs';
import { FailureTypes } from '../contract/failures';
import type { Gate } from '../contract/gates';

/** A run that ended without completing. `type` is one of `FailureTypes`, or that of the call that failed for good. */
export class DuvoRunError extends Error {
  override readonly name = 'DuvoRunError';
  readonly runId?: string;
  readonly gates: Gate[];
  readonly clocks?: RunClocks;
  /** What came of stopping the Duvo run because of this; absent when that was not tried. */
  readonly stop?: CancelOutcome;
  /** Of `Duvo.OutputInvalid`: what is wrong with the agent's last answer. */
  readonly problems?: string[];

  constructor(
    readonly type: string,
    message: string,
    readonly workflowId: string,
    details?: RunFailureDetails,
  ) {
    super(message);
    this.runId = details?.runId;
    this.gates = details?.gates ?? [];
    this.clocks = details?.clocks;
    this.stop = details?.stopOutcome;
    this.problems = details?.problems;
  }
}

/** An answer that was refused. `type`: `Duvo.GateUnknown`, `Duvo.GateClosed`, `Duvo.AnswerInvalid`, or what Duvo refused it with. */
export class GateError extends Error {
  override readonly name = 'GateError';

  constructor(
    readonly type: string,
    message: string,
    readonly ref: string,
  ) {
    super(message);
  }
}

/** The business key belongs to a run that was started with another input. */
export class RunInputDiffersError extends Error {
  override readonly name = 'RunInputDiffersError';

  constructor(
    readonly key: string,
    readonly workflowId: string,
    what = 'another input',
  ) {
    super(
      `the key '${key}' was given with ${what} before (workflow ${workflowId}): ` +
        'give the same to attach to that, or another key to start anew',
    );
  }
}

/** What a workflow id was asked as, and the command that lists such. */
const NOT_FOUND_TEXTS = {
  run: { what: 'run', list: 'run list' },
  batch: { what: 'batch', list: 'batch list' },
  gate: { what: 'workflow', list: 'gate list' },
} as const;

/** There is no run or batch of this workflow id: never started, or forgotten after the namespace's retention. */
export class RunNotFoundError extends Error {
  override readonly name = 'RunNotFoundError';

  constructor(
    readonly workflowId: string,
    askedAs: keyof typeof NOT_FOUND_TEXTS = 'run',
  ) {
    const { what, list } = NOT_FOUND_TEXTS[askedAs];
    super(
      `there is no ${what} with the workflow id '${workflowId}': see duvo-temporal ${list}, or it was forgotten after the retention`,
    );
  }
}

/** What is asked for does not go with the workflow that is there: a batch is no run, and what has ended cannot be held. */
export class WorkflowConflictError extends Error {
  override readonly name = 'WorkflowConflictError';

  constructor(
    readonly workflowId: string,
    message: string,
  ) {
    super(message);
  }
}

/** No worker answers for a workflow. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';

  constructor(
    readonly workflowId: string,
    readonly taskQueue: string,
  ) {
    super(
      `no worker takes up ${workflowId} (task queue ${taskQueue}): start one with duvo-temporal worker; duvo-temporal doctor tells more`,
    );
  }
}

/** It takes longer than the caller wanted to wait; what was asked for goes on. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

export { findDuvoFailure };

export function isWorkflowNotFound(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || (error as ErrorLike | undefined)?.name === 'WorkflowNotFoundError';
}

/** Turns what a workflow failed with into an error of ours; what is no failure of a workflow stays as it is. */
export function toRunError(error: unknown, workflowId: string, kind?: 'run' | 'batch'): unknown {
  if (isWorkflowNotFound(error)) return new RunNotFoundError(workflowId, kind);
  const workflowError = error as ErrorLike | undefined;
  if (workflowError?.name !== 'WorkflowFailedError') return error;
  const duvoFailure = findDuvoFailure(error);
  if (duvoFailure) {
    return new DuvoRunError(
      duvoFailure.type ?? '',
      duvoFailure.message ?? '',
      workflowId,
      duvoFailure.details?.[0] as RunFailureDetails | undefined,
    );
  }
  const cause = workflowError.cause as ErrorLike | undefined;
  if (cause?.name === 'CancelledFailure')
    return new DuvoRunError(FailureTypes.RunCanceled, 'the run was cancelled', workflowId);
  return new DuvoRunError(
    FailureTypes.RunFailed,
    cause?.message ?? workflowError.message ?? 'the workflow failed',
    workflowId,
  );
}

/** An input that is refused before anything is sent: names the field, what is wrong with it and what mends it. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  readonly type = FailureTypes.InvalidInput;

  constructor(
    readonly field: string,
    readonly problem: string,
  ) {
    super(`${field} ${problem}`);
  }

  /** Makes an error of ours of what the workflows' own checks refuse. */
  static fromCheck<T>(check: () => T): T {
    try {
      return check();
    } catch (error) {
      const { type, details } = error as { type?: string; details?: { field?: string; problem?: string }[] };
      const { field, problem } = details?.[0] ?? {};
      if (type !== FailureTypes.InvalidInput || field === undefined || problem === undefined) throw error;
      throw new InvalidInputError(field, problem);
    }
  }
}

/** There is no schedule of this id. */
export class ScheduleNotFoundError extends Error {
  override readonly name = 'ScheduleNotFoundError';

  constructor(readonly scheduleId: string) {
    super(`there is no schedule '${scheduleId}': see duvo-temporal schedule list`);
  }
}

/** What is asked for does not go with the schedule that is there: its id is taken, or it belongs to somebody else. */
export class ScheduleConflictError extends Error {
  override readonly name = 'ScheduleConflictError';

  constructor(
    readonly scheduleId: string,
    problem: string,
  ) {
    super(`the schedule '${scheduleId}' ${problem}`);
  }
}
