import type { Client } from '@temporalio/client';
import type { Gate } from '../../contract/gates/gates';
import { Queries } from '../../contract/names';
import { DuvoProcessError, toProcessError } from '../errors';
import { readAllGates } from '../gates/read-gates';
import { readResultOf } from '../../temporal/read-result';
import { type ExecutionIds, WorkflowExecution } from '../temporal/workflow-execution';
import type { WorkflowStatus } from '../temporal/visibility';
import type { WaitOptions } from '../temporal/with-timeout';
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
  private readonly execution: WorkflowExecution;

  /**
   * @param attached whether the process existed before the call of `start`
   * @param ids the execution that is meant. @default the latest one, at each call
   */
  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    readonly attached = true,
    ids?: ExecutionIds,
  ) {
    this.execution = new WorkflowExecution(client, workflowId, 'process', ids);
  }

  /**
   * Describes the process, with its failure when it ended without completing.
   *
   * @throws ProcessNotFoundError; WorkflowConflictError when the workflow is a run or a batch, here and below
   */
  async describe(): Promise<ProcessDescription> {
    const description = await this.execution.describe();
    const summary = { ...toProcessSummary(description), taskQueue: description.taskQueue };
    if (summary.status === 'RUNNING' || summary.status === 'COMPLETED') return summary;
    try {
      await readResultOf(this.client, description);
      return summary;
    } catch (reason) {
      const error = toProcessError(reason, this.workflowId);
      if (!(error instanceof DuvoProcessError)) throw error;
      return { ...summary, error };
    }
  }

  /** Reads all gates of the process, open and closed. @throws ProcessNotFoundError, NoWorkerError */
  gates(): Promise<Gate[]> {
    return readAllGates((query) => this.execution.query(Queries.gates, [query]));
  }

  /**
   * Waits for the result. A wait survives restarts of the workers.
   *
   * @throws DuvoProcessError when the process ends without completing; ProcessNotFoundError, WaitTimeoutError
   */
  async result(options: WaitOptions = {}): Promise<T> {
    try {
      return await this.execution.result(options, `process ${this.workflowId} has not ended`);
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
  async cancel(options: WaitOptions = {}): Promise<WorkflowStatus> {
    const problem = `process ${this.workflowId} has not ended after the cancel`;
    const { status } = await this.execution.cancel(options, problem);
    return status.name as WorkflowStatus;
  }
}
