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
import { endOf } from './run-end';
import { within } from './within';

export interface WaitOptions {
  /** How long to wait, in milliseconds. @default for good */
  timeoutMs?: number;
}

/** An agent run, by the id of its workflow. */
export class DuvoRun {
  private readonly handle: WorkflowHandle;

  /** @param attached whether the run was there already, when this came from `start` */
  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    readonly attached = true,
  ) {
    this.handle = client.workflow.getHandle(workflowId);
  }

  /** Where the run stands. Needs a worker to be there. @throws RunNotFoundError */
  state(): Promise<RunState> {
    return this.known(this.handle.query<RunState>(Queries.runState));
  }

  /** All gates of the run, open and closed. Needs a worker to be there. @throws RunNotFoundError */
  gates(): Promise<Gate[]> {
    return this.known(this.handle.query<Gate[]>(Queries.gates));
  }

  /** Answers a gate; comes back once Duvo has the answer. @throws GateError when it is refused */
  answer(gateId: string, answer: Omit<GateAnswer, 'gateId'>, options?: WaitOptions): Promise<AnswerVerdict> {
    return submitAnswer(this.client, gateRef(this.workflowId, gateId), answer, options);
  }

  /**
   * Waits for the result. Waiting costs nothing and survives restarts of the worker.
   *
   * @throws DuvoRunError when the run ends without completing
   * @throws RunNotFoundError, WaitTimeoutError
   */
  async result({ timeoutMs }: WaitOptions = {}): Promise<AgentRunResult> {
    const result = this.handle.result() as Promise<AgentRunResult>;
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
    try {
      await this.handle.cancel();
    } catch (error) {
      if (isNotFound(error)) return await this.verdictOfClosed();
      throw error;
    }
    const ended = this.handle.result().catch((error: unknown) => {
      if ((error as Error).name !== 'WorkflowFailedError') throw error;
    });
    await within(ended, timeoutMs, `the cancel of run ${this.workflowId} is not confirmed`);
    return this.verdictOfClosed();
  }

  private async verdictOfClosed(): Promise<CancelVerdict> {
    const { memo, status } = await this.known(this.handle.describe());
    const verdict = memo?.[Memo.cancel] as CancelVerdict | undefined;
    if (verdict) return verdict;
    if (status.name === 'COMPLETED') return 'already-finished';
    const end = await endOf(this.handle);
    return end.stop ?? (end.known ? 'already-finished' : 'unconfirmed');
  }

  private async known<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw isNotFound(error) ? new RunNotFoundError(this.workflowId) : error;
    }
  }
}
