import type { Client, WorkflowHandle } from '@temporalio/client';
import { formatGateRef } from '../../contract/gate-refs';
import type { Gate, GateAnswer, SubmitAnswerResult } from '../../contract/gates';
import { MemoKeys, Queries } from '../../contract/names';
import type { AgentRunResult, CancelOutcome, RunState } from '../../contract/runs';
import { DuvoRunError, isWorkflowNotFound, toRunError } from '../errors';
import { submitAnswer } from '../gates/submit-answer';
import { type Execution, getExecutionHandle } from '../temporal/execution';
import { queryWithRetry } from '../temporal/query-with-retry';
import { TypedWorkflow } from '../temporal/typed-workflow';
import { type WaitOptions, withTimeout } from '../temporal/with-timeout';
import { type RunSummary, toRunSummary } from './list-runs';
import { readRunEnd } from './run-end';

/** A run as Temporal shows it, with its result or its failure, and without a request to a worker. */
export interface RunDescription extends RunSummary {
  /** The result of a run that completed; its `output` is the agent's last message. */
  result?: AgentRunResult<unknown>;
  /** Why the run ended without completing, with the agent's last message and Duvo's outcome. */
  error?: DuvoRunError;
}

/**
 * An agent run. From `start` and `attach`, it is the execution that the call started or found: when the same business key
 * starts a new run after a failure, this object stays with the old one and does not cancel the new one. From `get`, each
 * call is to the latest execution of the workflow id.
 */
export class DuvoRun {
  private readonly typedWorkflow: TypedWorkflow;

  /**
   * @param attached whether the run existed before the call of `start`
   * @param execution the execution that is meant. @default the latest one, at each call
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
   * Describes the run, with its result or failure when it has ended. Needs no worker.
   *
   * @throws RunNotFoundError; WorkflowConflictError when the workflow is not a run, here and below
   */
  async describe(): Promise<RunDescription> {
    const summary = toRunSummary(await this.typedWorkflow.call(async () => (await this.handle()).describe()));
    if (summary.status === 'RUNNING') return summary;
    try {
      return { ...summary, result: await this.result() };
    } catch (error) {
      if (!(error instanceof DuvoRunError)) throw error;
      return { ...summary, error };
    }
  }

  /** Reads the state of the run from its workflow. @throws RunNotFoundError; NoWorkerError when no worker answers */
  state(): Promise<RunState> {
    return this.queryWorkflow(Queries.runState);
  }

  /** Reads all gates of the run, open and closed. @throws RunNotFoundError, NoWorkerError */
  gates(): Promise<Gate[]> {
    return this.queryWorkflow(Queries.gates);
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
  async result({ timeoutMs }: WaitOptions = {}): Promise<AgentRunResult> {
    const result = this.typedWorkflow.call(async () => (await this.handle()).result() as Promise<AgentRunResult>);
    try {
      return await withTimeout(result, timeoutMs, `run ${this.workflowId} has not ended`);
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
  async cancel({ timeoutMs }: WaitOptions = {}): Promise<CancelOutcome> {
    await this.typedWorkflow.checkType();
    const firstRunId = this.execution?.firstRunId;
    try {
      // Temporal compares the first run id, so that a run which the same key starts at this moment is not cancelled.
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

  /** Reads the outcome of a cancel from a workflow that has ended. */
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
