import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { isWorkflowNotFound } from '../errors';
import { describeWorkflow } from '../../temporal/memo-reader';
import { readErrorOf } from '../../temporal/read-result';
import { queryWithRetry, type QueryRetryOptions } from './query-with-retry';
import { type NamedKind, TypedWorkflow } from './typed-workflow';
import { type WaitOptions, withTimeout } from './with-timeout';

/** Ids of Temporal's runs, not of Duvo's, that name one execution of a workflow id. */
export interface ExecutionIds {
  /** The id of any run in the chain. */
  runId: string;
  /** The id of the first run in the chain. Older Temporal servers do not return it. */
  firstRunId?: string;
}

export function toExecutionIds({ runId, raw }: WorkflowExecutionDescription): ExecutionIds {
  const { firstRunId } = raw.workflowExecutionInfo ?? {};
  return { runId, ...(firstRunId && { firstRunId }) };
}

/**
 * One execution of a workflow id: the chain of Temporal runs from a start to its end, across continue-as-new and resets.
 * A later start of the same workflow id is another execution, which no call reaches. Without `ids`, each call is to the
 * execution that is the latest one at that moment.
 */
export class WorkflowExecution {
  private readonly typedWorkflow: TypedWorkflow;

  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    private readonly kind: NamedKind,
    private readonly ids?: ExecutionIds,
  ) {
    this.typedWorkflow = new TypedWorkflow(client, workflowId, kind, ids !== undefined);
  }

  /**
   * Describes the last run of the execution, also when this client cannot decode its memo.
   *
   * @throws RunNotFoundError, BatchNotFoundError or ProcessNotFoundError; WorkflowConflictError when the workflow is of
   * another kind
   */
  describe(): Promise<WorkflowExecutionDescription> {
    return this.typedWorkflow.describe(() => this.describeLastRun());
  }

  /** Returns a handle for the last run of the execution. @throws WorkflowNotFoundError */
  async lastRun(): Promise<WorkflowHandle> {
    const { workflow } = this.client;
    if (!this.ids) return workflow.getHandle(this.workflowId);
    return workflow.getHandle(this.workflowId, (await this.describeLastRun()).runId);
  }

  /** Makes a call to the last run of the execution. @throws as {@link describe} */
  call<T>(send: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    return this.typedWorkflow.call(async () => send(await this.lastRun()));
  }

  /** @throws as {@link describe}; NoWorkerError */
  query<T>(name: string, args: unknown[] = [], options?: QueryRetryOptions): Promise<T> {
    return this.call((handle) =>
      queryWithRetry(this.client, this.workflowId, () => handle.query<T, unknown[]>(name, ...args), options),
    );
  }

  /**
   * Waits for the result.
   *
   * @param problem the beginning of the message when the time is over
   * @throws as {@link describe}; WorkflowFailedError, WaitTimeoutError
   */
  result<T>({ timeoutMs }: WaitOptions, problem: string): Promise<T> {
    const result = this.call((handle) => handle.result() as Promise<T>);
    return withTimeout(result, timeoutMs, problem);
  }

  /**
   * Requests the cancellation, and waits until the execution has ended. An execution that has ended already is left as it
   * is.
   *
   * @param problem the beginning of the message when the time is over
   * @returns the description of the execution that was cancelled, after its end
   * @throws as {@link describe}; WaitTimeoutError (the cancellation continues)
   */
  async cancel({ timeoutMs }: WaitOptions, problem: string): Promise<WorkflowExecutionDescription> {
    const execution = await this.requestCancel();
    const ended = execution.result({}, problem).catch((error: unknown) => {
      if ((error as Error).name !== 'WorkflowFailedError') throw error;
    });
    await withTimeout(ended, timeoutMs, problem);
    return execution.describe();
  }

  /**
   * Requests the cancellation.
   *
   * @returns the execution that was cancelled: the end that is waited for must be the end of this execution
   */
  async requestCancel(): Promise<WorkflowExecution> {
    const ids = this.ids ?? toExecutionIds(await this.describe());
    const execution = this.ids ? this : new WorkflowExecution(this.client, this.workflowId, this.kind, ids);
    await execution.sendCancel(ids);
    return execution;
  }

  private async sendCancel({ firstRunId }: ExecutionIds): Promise<void> {
    try {
      // Temporal compares the first run id with the one of the run that is the latest when the request arrives. So the
      // request reaches an execution that continues as new at this moment, and no other execution of the workflow id.
      const handle = firstRunId
        ? this.client.workflow.getHandle(this.workflowId, undefined, { firstExecutionRunId: firstRunId })
        : await this.lastRun();
      await handle.cancel();
    } catch (error) {
      // The execution has ended. If it never existed, the wait for its end fails.
      if (!isWorkflowNotFound(error)) throw error;
    }
  }

  private async describeLastRun(): Promise<WorkflowExecutionDescription> {
    const { client, workflowId } = this;
    const latest = await describeWorkflow(client, workflowId);
    if (!this.ids) return latest;
    const { firstRunId } = toExecutionIds(latest);
    if (firstRunId !== undefined && firstRunId === this.ids.firstRunId) return latest;
    for (let { runId } = this.ids; ;) {
      const description = await describeWorkflow(client, workflowId, runId);
      if (description.status.name !== 'CONTINUED_AS_NEW') return description;
      runId = await this.findNextRunId(runId);
    }
  }

  private async findNextRunId(runId: string): Promise<string> {
    const error = await readErrorOf(this.client, { workflowId: this.workflowId, runId });
    const { newExecutionRunId } = (error ?? {}) as { newExecutionRunId?: string };
    if (newExecutionRunId) return newExecutionRunId;
    if (error) throw error;
    throw new Error(`the history of workflow ${this.workflowId} does not name the run that it continued as: retry`);
  }
}
