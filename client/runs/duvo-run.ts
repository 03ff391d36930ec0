import type { Client, WorkflowHandle } from '@temporalio/client';
import type { AgentRunResult, CancelOutcome, RunState } from '../../contract/runs';
import type { SubmitAnswerResult, Gate, GateAnswer } from '../../contract/gates';
import { MemoKeys, Queries } from '../../contract/names';
import { formatGateRef } from '../../contract/gate-refs';
import { submitAnswer } from '../gates/submit-answer';
import { queryWithRetry } from '../query-with-retry';
import { DuvoRunError, isWorkflowNotFound, toRunError } from '../errors';
import { type Execution, getExecutionHandle } from '../execution';
import { TypedWorkflow } from '../typed-workflow';
import { readRunEnd } from './run-end';
import { withTimeout } from '../with-timeout';

/** Where the workflow of a run stands, as Temporal tells it. */
export interface RunOutcome {
  /** `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`. */
  status: string;
  /** Why it ended without completing. */
  error?: DuvoRunError;
}

export interface WaitOptions {
  /** How long to wait, in milliseconds. @default for good */
  timeoutMs?: number;
}

/**
 * An agent run. From `start` and `attach` it is the run that was started or found there, for good: a business key that is
 * started anew after a failure is another run, which this one does not see and does not cancel. From `get` it is whatever
 * is the latest run of the workflow id, at each call.
 */
export class DuvoRun {
  private readonly typedWorkflow: TypedWorkflow;

  /**
   * @param attached whether the run was there already, when this came from `start`
   * @param execution the one that is meant. @default the latest, at each call
   */
  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    readonly attached = true,
    private readonly execution?: Execution,
  ) {
    this.typedWorkflow = new TypedWorkflow(client, workflowId, 'run', execution !== undefined);
  }

  /**
   * Where the run stands.
   *
   * @throws RunNotFoundError; NoWorkerError when no worker answers; WorkflowConflictError when it is no run, here and below
   */
  state(): Promise<RunState> {
    return this.queryWorkflow(Queries.runState);
  }

  /** All gates of the run, open and closed. @throws RunNotFoundError, NoWorkerError */
  gates(): Promise<Gate[]> {
    return this.queryWorkflow(Queries.gates);
  }

  /** Where its workflow stands, and what it failed with: no worker is asked. @throws RunNotFoundError */
  async outcome(): Promise<RunOutcome> {
    const { status } = await this.typedWorkflow.call(async () => (await this.handle()).describe());
    if (status.name === 'RUNNING' || status.name === 'COMPLETED') return { status: status.name };
    try {
      await this.result();
      return { status: status.name };
    } catch (error) {
      if (!(error instanceof DuvoRunError)) throw error;
      return { status: status.name, error };
    }
  }

  /** Answers a gate; comes back once Duvo has the answer. @throws GateError when it is refused */
  answer(gateId: string, answer: Omit<GateAnswer, 'gateId'>, options?: WaitOptions): Promise<SubmitAnswerResult> {
    return submitAnswer(this.client, formatGateRef(this.workflowId, gateId), answer, options, this.execution);
  }

  /**
   * Waits for the result. Waiting costs nothing and survives restarts of the worker.
   *
   * @throws DuvoRunError when the run ends without completing
   * @throws RunNotFoundError, WaitTimeoutError
   */
  async result({ timeoutMs }: WaitOptions = {}): Promise<AgentRunResult> {
    const result = this.typedWorkflow.call(async () => (await this.handle()).result() as Promise<AgentRunResult>);
    try {
      return await withTimeout(result, timeoutMs, `run ${this.workflowId} has not ended`);
    } catch (error) {
      throw toRunError(error, this.workflowId);
    }
  }

  /**
   * Cancels the run and waits until Duvo's side has been seen to: `confirmed` when it was seen to end as canceled,
   * `already-finished` when it had ended before, `unconfirmed` when it was not seen to end (as when it is left alone by
   * `onCancel: 'abandon'`, or keeps waiting on a question to a person).
   *
   * @throws RunNotFoundError, WaitTimeoutError (the cancel goes on)
   */
  async cancel({ timeoutMs }: WaitOptions = {}): Promise<CancelOutcome> {
    await this.typedWorkflow.checkType();
    const firstRunId = this.execution?.firstRunId;
    try {
      // Temporal checks whose turn it is, so that a key that is started anew at this moment is not cancelled.
      const handle = firstRunId
        ? this.client.workflow.getHandle(this.workflowId, undefined, { firstExecutionRunId: firstRunId })
        : await this.handle();
      await handle.cancel();
    } catch (error) {
      if (isWorkflowNotFound(error)) return await this.readCancelOutcome();
      throw error;
    }
    const ended = (await this.handle()).result().catch((error: unknown) => {
      if ((error as Error).name !== 'WorkflowFailedError') throw error;
    });
    await withTimeout(ended, timeoutMs, `the cancel of run ${this.workflowId} is not confirmed`);
    return this.readCancelOutcome();
  }

  private async readCancelOutcome(): Promise<CancelOutcome> {
    const handle = await this.typedWorkflow.call(() => this.handle());
    const { memo, status } = await this.typedWorkflow.call(() => handle.describe());
    const outcome = memo?.[MemoKeys.cancel] as CancelOutcome | undefined;
    if (outcome) return outcome;
    if (status.name === 'COMPLETED') return 'already-finished';
    const runEnd = await readRunEnd(handle);
    return runEnd.stopOutcome ?? (runEnd.hasEnded ? 'already-finished' : 'unconfirmed');
  }

  private handle(): Promise<WorkflowHandle> {
    return getExecutionHandle(this.client, this.workflowId, this.execution);
  }

  private queryWorkflow<T>(query: string): Promise<T> {
    return this.typedWorkflow.call(async () => {
      const handle = await this.handle();
      return queryWithRetry(this.client, this.workflowId, () => handle.query<T>(query));
    });
  }
}
