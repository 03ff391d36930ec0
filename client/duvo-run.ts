import type { Client, WorkflowHandle } from '@temporalio/client';
import {
  type AgentRunResult,
  type AnswerVerdict,
  type CancelVerdict,
  type Gate,
  type GateAnswer,
  Memo,
  Queries,
  type RunState,
} from '../workflows/contract';
import { gateRef } from '../workflows/gate-ref';
import { submitAnswer } from './answering';
import { isNotFound, RunNotFoundError, toRunError } from './errors';
import { type Execution, handleOf } from './execution';
import { endOf } from './run-end';
import { within } from './within';

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
  /**
   * @param attached whether the run was there already, when this came from `start`
   * @param execution the one that is meant. @default the latest, at each call
   */
  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    readonly attached = true,
    private readonly execution?: Execution,
  ) {}

  /** Where the run stands. Needs a worker to be there. @throws RunNotFoundError */
  state(): Promise<RunState> {
    return this.known(async () => (await this.handle()).query<RunState>(Queries.runState));
  }

  /** All gates of the run, open and closed. Needs a worker to be there. @throws RunNotFoundError */
  gates(): Promise<Gate[]> {
    return this.known(async () => (await this.handle()).query<Gate[]>(Queries.gates));
  }

  /** Answers a gate; comes back once Duvo has the answer. @throws GateError when it is refused */
  answer(gateId: string, answer: Omit<GateAnswer, 'gateId'>, options?: WaitOptions): Promise<AnswerVerdict> {
    return submitAnswer(this.client, gateRef(this.workflowId, gateId), answer, options, this.execution);
  }

  /**
   * Waits for the result. Waiting costs nothing and survives restarts of the worker.
   *
   * @throws DuvoRunError when the run ends without completing
   * @throws RunNotFoundError, WaitTimeoutError
   */
  async result({ timeoutMs }: WaitOptions = {}): Promise<AgentRunResult> {
    const result = this.handle().then((handle) => handle.result() as Promise<AgentRunResult>);
    try {
      return await within(result, timeoutMs, `run ${this.workflowId} has not ended`);
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
  async cancel({ timeoutMs }: WaitOptions = {}): Promise<CancelVerdict> {
    const first = this.execution?.firstRunId;
    try {
      // Temporal checks whose turn it is, so that a key that is started anew at this moment is not cancelled.
      const handle = first
        ? this.client.workflow.getHandle(this.workflowId, undefined, { firstExecutionRunId: first })
        : await this.handle();
      await handle.cancel();
    } catch (error) {
      if (isNotFound(error)) return await this.verdictOfClosed();
      throw error;
    }
    const ended = (await this.handle()).result().catch((error: unknown) => {
      if ((error as Error).name !== 'WorkflowFailedError') throw error;
    });
    await within(ended, timeoutMs, `the cancel of run ${this.workflowId} is not confirmed`);
    return this.verdictOfClosed();
  }

  private async verdictOfClosed(): Promise<CancelVerdict> {
    const handle = await this.known(() => this.handle());
    const { memo, status } = await this.known(() => handle.describe());
    const verdict = memo?.[Memo.cancel] as CancelVerdict | undefined;
    if (verdict) return verdict;
    if (status.name === 'COMPLETED') return 'already-finished';
    const end = await endOf(handle);
    return end.stop ?? (end.known ? 'already-finished' : 'unconfirmed');
  }

  private handle(): Promise<WorkflowHandle> {
    return handleOf(this.client, this.workflowId, this.execution);
  }

  private async known<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw isNotFound(error) ? new RunNotFoundError(this.workflowId) : error;
    }
  }
}
