import { commandLine } from '../../contract/text/command-line';

/** The base of the errors for a workflow id that Temporal has no workflow for. */
abstract class NotFoundError extends Error {
  constructor(
    readonly workflowId: string,
    thing: string,
  ) {
    super(
      `there is no ${thing} with the workflow id '${workflowId}': it was never started, or the namespace's retention has ` +
        `passed; see ${commandLine(thing, 'list')}`,
    );
  }
}

export class RunNotFoundError extends NotFoundError {
  override readonly name = 'RunNotFoundError';

  constructor(workflowId: string) {
    super(workflowId, 'run');
  }
}

export class BatchNotFoundError extends NotFoundError {
  override readonly name = 'BatchNotFoundError';

  constructor(workflowId: string) {
    super(workflowId, 'batch');
  }
}

export class ProcessNotFoundError extends NotFoundError {
  override readonly name = 'ProcessNotFoundError';

  constructor(workflowId: string) {
    super(workflowId, 'process');
  }
}

/** A business key that was used before with another input, or for a batch with other items. */
export class KeyConflictError extends Error {
  override readonly name = 'KeyConflictError';

  constructor(
    readonly key: string,
    readonly workflowId: string,
    difference = 'another input',
    hint = '',
  ) {
    super(
      `the key '${key}' was used before with ${difference} (workflow ${workflowId}): ` +
        `give the same input to attach to that workflow, or another key to start a new one${hint && `; ${hint}`}`,
    );
  }
}

/** The request does not fit the workflow: for example, a batch is no run, and a batch that has ended cannot pause. */
export class WorkflowConflictError extends Error {
  override readonly name = 'WorkflowConflictError';

  constructor(
    readonly workflowId: string,
    message: string,
  ) {
    super(message);
  }
}

/** A redrive would have no items: nothing was started. */
export class NothingToRedriveError extends Error {
  override readonly name = 'NothingToRedriveError';

  constructor(
    readonly workflowId: string,
    /** Number of items that are left out, because they may have been done. */
    readonly leftOut: number,
  ) {
    super(
      `nothing to redrive: ${leftOut === 0 ? 'all' : 'all other'} items of ${workflowId} completed` +
        (leftOut === 0
          ? ''
          : `, and ${leftOut} items may have been done (--include-unknown, includeUnknown runs them)`),
    );
  }
}

/** A query needs a worker, and no worker polls the workflow's task queue. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';

  constructor(
    readonly workflowId: string,
    readonly taskQueue: string,
  ) {
    super(
      `no worker answers for ${workflowId} (task queue ${taskQueue}): start one with ${commandLine('worker')}, or ` +
        `find the cause with ${commandLine('doctor')}`,
    );
  }
}

/** A query cannot be answered, because the workflow task of the workflow fails again and again. */
export class WorkflowTaskError extends Error {
  override readonly name = 'WorkflowTaskError';

  constructor(
    readonly workflowId: string,
    problem: string,
  ) {
    super(problem);
  }
}

/** The caller's timeout passed. Whatever was started or requested continues. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

/**
 * An answer that was refused. `type` is `Duvo.GateUnknown`, `Duvo.GateClosed`, `Duvo.AnswerInvalid`,
 * `Duvo.AnswerNotAllowed`, or the failure type of Duvo's refusal.
 */
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

/** There is no schedule with this id. */
export class ScheduleNotFoundError extends Error {
  override readonly name = 'ScheduleNotFoundError';

  constructor(readonly scheduleId: string) {
    super(`there is no schedule '${scheduleId}': see ${commandLine('schedule', 'list')}`);
  }
}

/** The request does not fit the schedule: its id is used already, or it belongs to another owner. */
export class ScheduleConflictError extends Error {
  override readonly name = 'ScheduleConflictError';

  constructor(
    readonly scheduleId: string,
    problem: string,
  ) {
    super(`the schedule '${scheduleId}' ${problem}`);
  }
}
