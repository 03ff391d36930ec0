import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { formatGateRef } from '../../contract/gates/gate-refs';
import type { Gate, GateAnswer, SubmitAnswerResult } from '../../contract/gates/gates';
import { MemoKeys, Queries } from '../../contract/names';
import type { AgentRunResult, CancelOutcome, RunState } from '../../contract/runs';
import { DuvoRunError, toRunError } from '../errors';
import { submitAnswer } from '../gates/gates-client';
import { readAllGates } from '../gates/read-gates';
import { isUnreadable, readMemo } from '../../temporal/memo-reader';
import { readFailureOf, readResultOf } from '../../temporal/read-result';
import { type ExecutionIds, WorkflowExecution } from '../temporal/workflow-execution';
import type { WaitOptions } from '../temporal/with-timeout';
import { type RunSummary, toRunSummary } from './list-runs';
import { withNextPoll } from './read-fault';
import { readFailedRunEnd, readRunRemains } from '../../temporal/run-end';

/** A run as Temporal shows it, with its result or its failure, and without a request to a worker. */
export interface RunDescription<T = unknown> extends RunSummary {
  /** The result of a run that completed. */
  result?: AgentRunResult<T>;
  /** Why the run ended without completing, with the agent's last message and Duvo's outcome. */
  error?: DuvoRunError;
}

/**
 * An agent run. From `start` and `attach`, it is the execution that the call started or found: when the same business key
 * starts a new run after a failure, this object stays with the old one and does not cancel the new one. From `get`, each
 * call is to the latest execution of the workflow id. `T` is the type of the run's output.
 */
export class DuvoRun<T = unknown> {
  private readonly execution: WorkflowExecution;

  /**
   * @param attached whether the run existed before the call of `start`
   * @param ids the execution that is meant. @default the latest one, at each call
   */
  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    readonly attached = true,
    ids?: ExecutionIds,
  ) {
    this.execution = new WorkflowExecution(client, workflowId, 'run', ids);
  }

  /**
   * Describes the run, with its result or failure when it has ended. Needs no worker.
   *
   * @throws RunNotFoundError; WorkflowConflictError when the workflow is not a run, here and below
   */
  async describe(): Promise<RunDescription<T>> {
    const description = await this.execution.describe();
    const summary = toRunSummary(description);
    const { fault } = summary;
    if (fault) return { ...summary, fault: withNextPoll(fault, description) };
    if (summary.status === 'RUNNING') return summary;
    try {
      const result = await readResultOf<AgentRunResult<T>>(this.client, description);
      return isUnreadable(result) ? { ...summary, memoUnreadable: true } : { ...summary, result };
    } catch (reason) {
      const error = toRunError(reason, this.workflowId);
      if (!(error instanceof DuvoRunError)) throw error;
      return { ...summary, error };
    }
  }

  /** Reads the state of the run from its workflow. @throws RunNotFoundError; NoWorkerError when no worker answers */
  state(): Promise<RunState> {
    return this.execution.query(Queries.runState);
  }

  /** Reads all gates of the run, open and closed. @throws RunNotFoundError, NoWorkerError */
  gates(): Promise<Gate[]> {
    return readAllGates((query) => this.execution.query(Queries.gates, [query]));
  }

  /** Answers a gate, and returns once Duvo has the answer. @throws GateError when the answer is refused */
  answer(gateId: string, answer: Omit<GateAnswer, 'gateId'>, options?: WaitOptions): Promise<SubmitAnswerResult> {
    return submitAnswer(this.client, formatGateRef(this.workflowId, gateId), answer, options, this.execution);
  }

  /**
   * Waits for the result. A wait survives restarts of the workers.
   *
   * @throws DuvoRunError when the run ends without completing; RunNotFoundError, WaitTimeoutError
   */
  async result(options: WaitOptions = {}): Promise<AgentRunResult<T>> {
    try {
      return await this.execution.result(options, `run ${this.workflowId} has not ended`);
    } catch (error) {
      throw toRunError(error, this.workflowId);
    }
  }

  /**
   * Cancels the run, and waits until its workflow has ended.
   *
   * @returns `confirmed` when Duvo showed the run as canceled; `already-finished` when the run had ended before;
   * `unconfirmed` when the run was not seen to end: with `onCancel: 'abandon'`, for example, or when it keeps waiting for
   * a person
   * @throws RunNotFoundError, WaitTimeoutError (the cancel continues)
   */
  async cancel(options: WaitOptions = {}): Promise<CancelOutcome> {
    return this.readCancelOutcome(
      await this.execution.cancel(options, `the cancel of run ${this.workflowId} is not confirmed`),
    );
  }

  /** Reads the outcome of a cancel from a workflow that has ended. */
  private async readCancelOutcome(ended: WorkflowExecutionDescription): Promise<CancelOutcome> {
    const outcome = readMemo<CancelOutcome>(ended, MemoKeys.cancel);
    if (outcome) return outcome;
    const error = await readFailureOf(this.client, ended);
    const hasEnded = (await readRunRemains(this.client, ended, error)) !== 'open';
    return readFailedRunEnd(error).stopOutcome ?? (hasEnded ? 'already-finished' : 'unconfirmed');
  }
}
