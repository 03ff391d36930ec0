import type { Gate } from '../../contract/gates/gates';
import type { CancelOutcome, RunClocks, RunFailureDetails } from '../../contract/runs';

/** A run that ended without completing. */
export class DuvoRunError extends Error {
  override readonly name = 'DuvoRunError';
  /** Duvo's id of the run. */
  readonly runId?: string;
  readonly gates: Gate[];
  readonly clocks?: RunClocks;
  /** The result of stopping the Duvo run because of this failure; absent when the workflow did not try to stop it. */
  readonly stopOutcome?: CancelOutcome;
  /** For `Duvo.OutputInvalid`: what is wrong with the agent's last answer; paths and rules, no values. */
  readonly problems?: string[];
  /** The agent's last message, cut at 2,000 characters. It may hold people's texts: do not log it. */
  readonly lastMessage?: string;
  /** Duvo's outcome of the run, unchanged. It may hold people's texts: do not log it. */
  readonly outcome?: unknown;

  /**
   * @param type one of `FailureTypes`, or the failure type of the Duvo call that failed permanently
   * (docs/reference/failures.md)
   */
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
    this.stopOutcome = details?.stopOutcome;
    this.problems = details?.problems;
    this.lastMessage = details?.lastMessage;
    this.outcome = details?.outcome;
  }
}

/** A batch that failed as a whole. Items that fail do not fail their batch. */
export class DuvoBatchError extends Error {
  override readonly name = 'DuvoBatchError';

  /** @param type the failure's type, such as `Duvo.InvalidInput`; `Failed`, `TimedOut` or `Terminated` without one */
  constructor(
    readonly type: string,
    message: string,
    readonly workflowId: string,
  ) {
    super(message);
  }
}

/** A process (a user's own workflow) that ended without completing. */
export class DuvoProcessError extends Error {
  override readonly name = 'DuvoProcessError';

  /**
   * @param type the failure's type: the process's own, or that of the block that failed, such as `Duvo.RunFailed`;
   * `Canceled`, `Failed`, `TimedOut` or `Terminated` without one
   * @param details the details of the failure, as the process gave them
   */
  constructor(
    readonly type: string,
    message: string,
    readonly workflowId: string,
    readonly details: unknown[] = [],
  ) {
    super(message);
  }
}
