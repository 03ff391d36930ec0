import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Gate } from '../../contract/gates';
import { DuvoProcessError, isWorkflowNotFound, toProcessError } from '../errors';
import { type Execution, getExecutionHandle } from '../temporal/execution';
import { queryGates } from '../gates/gates-client';
import { TypedWorkflow } from '../temporal/typed-workflow';
import type { WorkflowStatus } from '../temporal/visibility';
import { type WaitOptions, withTimeout } from '../temporal/with-timeout';
import { type ProcessSummary, toProcessSummary } from './list-processes';

/** A process as Temporal shows it, with its failure, and without a request to a worker. */
export interface ProcessDescription extends ProcessSummary {
  taskQueue: string;
  /** Why the process ended without completing. */
  error?: DuvoProcessError;
}

/**
 * A process: a user's own workflow. From `start`, it is the execution that the call started or found. From `get`, each
 * call is to the latest execution of the workflow id.
 */
export class DuvoProcess<T = unknown> {
  private readonly typedWorkflow: TypedWorkflow;

  /**
   * @param attached whether the process existed before the call of `start`
   * @param execution the execution that is meant. @default the latest one, at each call
   */
  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    readonly attached = true,
    private readonly execution?: Execution,
  ) {
    this.typedWorkflow = new TypedWorkflow(client, workflowId, 'process', execution !== undefined);
  }

  /**
   * Describes the process, with its failure when it ended without completing.
   *
   * @throws ProcessNotFoundError; WorkflowConflictError when the workflow is a run or a batch, here and below
   */
  async describe(): Promise<ProcessDescription> {
    const description = await this.typedWorkflow.call(async () => (await this.handle()).describe());
    const summary = { ...toProcessSummary(description), taskQueue: description.taskQueue };
    if (summary.status === 'RUNNING' || summary.status === 'COMPLETED') return summary;
    try {
      await this.result();
      return summary;
    } catch (error) {
      if (!(error instanceof DuvoProcessError)) throw error;
      return { ...summary, error };
    }
  }

  /** Reads all gates of the process, open and closed. @throws ProcessNotFoundError, NoWorkerError */
  gates(): Promise<Gate[]> {
    return this.typedWorkflow.call(() => queryGates(this.client, this.workflowId));
  }

  /**
   * Waits for the result. A wait survives restarts of the workers.
   *
   * @throws DuvoProcessError when the process ends without completing; ProcessNotFoundError, WaitTimeoutError
   */
  async result({ timeoutMs }: WaitOptions = {}): Promise<T> {
    const result = this.typedWorkflow.call(async () => (await this.handle()).result() as Promise<T>);
    try {
      return await withTimeout(result, timeoutMs, `process ${this.workflowId} has not ended`);
    } catch (error) {
      throw toProcessError(error, this.workflowId);
    }
  }

  /**
   * Requests the cancellation of the process, and waits for its end: compensations run first. A process that has ended
   * already is left as it is.
   *
   * @returns the status that the process ended with: `CANCELLED`, or another one when it handled the cancellation itself
   * @throws ProcessNotFoundError; WaitTimeoutError (the cancellation continues)
   */
  async cancel({ timeoutMs }: WaitOptions = {}): Promise<WorkflowStatus> {
    await this.typedWorkflow.checkType();
    const handle = await this.typedWorkflow.call(() => this.handle());
    try {
      await handle.cancel();
    } catch (error) {
      // The process has ended. A process that never existed fails below.
      if (!isWorkflowNotFound(error)) throw error;
    }
    const ended = handle.result().catch((error: unknown) => {
      if ((error as Error).name !== 'WorkflowFailedError') throw error;
    });
    await withTimeout(ended, timeoutMs, `process ${this.workflowId} has not ended after the cancel`);
    return (await this.describe()).status;
  }

  private handle(): Promise<WorkflowHandle> {
    return getExecutionHandle(this.client, this.workflowId, this.execution);
  }
}
