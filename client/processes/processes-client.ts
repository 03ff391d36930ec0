import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Workflow, WorkflowResultType } from '@temporalio/common';
import { DEFAULT_TASK_QUEUE, MemoKeys } from '../../contract/names';
import { commandLine } from '../../contract/text/command-line';
import { jsonDigest } from '../../items/input-digest';
import { InvalidInputError, isAlreadyStarted, KeyConflictError, WorkflowConflictError } from '../errors';
import { checkPriority, startedByMemo, type StartOptions, type TaskQueueOptions } from '../temporal/start-options';
import { describeWorkflow } from '../../temporal/memo-reader';
import { hasSameInput } from '../temporal/same-input';
import { PACKAGE_WORKFLOW_TYPES } from '../temporal/typed-workflow';
import { toExecutionIds } from '../temporal/workflow-execution';
import { DuvoProcess } from './duvo-process';
import { listProcesses, type ListProcessesOptions, type ProcessSummary } from './list-processes';

/** Options of {@link ProcessesClient.start}. */
export interface ProcessStartOptions<W extends Workflow = Workflow> extends StartOptions {
  /** Arguments of the workflow. @default none */
  args?: Parameters<W>;
  /** Names the business case, e.g. `invoice-4711`; the workflow id is then `<workflow type>-<key>`. */
  key?: string;
  /** The whole workflow id, in place of a key. @default one with a random part */
  workflowId?: string;
  /** @default the task queue of the client */
  taskQueue?: string;
}

interface ProcessStart {
  type: string;
  workflowId: string;
  taskQueue: string;
  args: unknown[];
  memo: Record<string, unknown>;
  priority: StartOptions['priority'];
}

/** Processes: users' own workflows, which are built from this package's blocks. */
export class ProcessesClient {
  constructor(
    private readonly client: Client,
    private readonly options: TaskQueueOptions = {},
  ) {}

  /**
   * Starts a process. The same key, or the same workflow id, attaches to a process that is open or completed, starts a new
   * one after a process that failed or was cancelled, and is refused when the arguments differ.
   *
   * @param workflow the workflow function, or its type name
   * @throws KeyConflictError when the key was used with other arguments; WorkflowConflictError when the workflow id was, or
   * when a workflow of another type has the workflow id
   * @throws InvalidInputError when the type belongs to this package, the key is blank, or the priority is invalid
   */
  async start<W extends Workflow>(
    workflow: string | W,
    options: ProcessStartOptions<W> = {},
  ): Promise<DuvoProcess<WorkflowResultType<W>>> {
    const start = this.toStart(typeof workflow === 'string' ? workflow : workflow.name, options);
    const newProcess = await this.tryStart<WorkflowResultType<W>>(start, 'REJECT_DUPLICATE');
    if (newProcess) return newProcess;
    const { status } = await describeWorkflow(this.client, start.workflowId);
    const canAttach = status.name === 'RUNNING' || status.name === 'COMPLETED';
    const restarted = canAttach
      ? undefined
      : await this.tryStart<WorkflowResultType<W>>(start, 'ALLOW_DUPLICATE_FAILED_ONLY');
    return restarted ?? (await this.attach(start));
  }

  /** Returns the process of a workflow id, without a check that it exists. Each call is to the latest execution. */
  get<T = unknown>(workflowId: string): DuvoProcess<T> {
    return new DuvoProcess<T>(this.client, workflowId);
  }

  /**
   * Lists the processes on the client's task queue, the newest first, as visibility shows them (within a second or two).
   * Runs, batches and their parts are left out.
   *
   * @throws InvalidInputError
   */
  list(options?: ListProcessesOptions): AsyncIterable<ProcessSummary> {
    return listProcesses(this.client, this.options.taskQueue ?? DEFAULT_TASK_QUEUE, options);
  }

  private toStart(type: string, options: ProcessStartOptions): ProcessStart {
    const { args = [], key, workflowId, priority } = options;
    if (type === '') throw new InvalidInputError('workflow', 'has no name: give the type name of the workflow');
    if (PACKAGE_WORKFLOW_TYPES.includes(type))
      throw new InvalidInputError(
        'workflow',
        `is a workflow of this package: start it with ${commandLine('run', 'start')} or ${commandLine('batch', 'start')}`,
      );
    if (key?.trim() === '')
      throw new InvalidInputError('key', 'is blank: give the name of the business case, or no key');
    if (key !== undefined && workflowId !== undefined)
      throw new InvalidInputError('workflowId', 'does not go with key: give one of the two');
    if (priority) checkPriority(priority);
    return {
      type,
      workflowId: workflowId ?? `${type}-${key ?? randomUUID()}`,
      taskQueue: options.taskQueue ?? this.options.taskQueue ?? DEFAULT_TASK_QUEUE,
      args,
      memo: {
        [MemoKeys.inputDigest]: jsonDigest(args),
        ...(key !== undefined && { [MemoKeys.key]: key }),
        ...startedByMemo(options),
      },
      priority,
    };
  }

  /** Starts the workflow. Returns `undefined` when the workflow id is in use. */
  private async tryStart<T>(
    { type, ...options }: ProcessStart,
    workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY',
  ): Promise<DuvoProcess<T> | undefined> {
    try {
      const { firstExecutionRunId: runId } = await this.client.workflow.start(type, {
        ...options,
        workflowIdReusePolicy,
        workflowIdConflictPolicy: 'FAIL',
      });
      return new DuvoProcess<T>(this.client, options.workflowId, false, { runId, firstRunId: runId });
    } catch (error) {
      if (!isAlreadyStarted(error)) throw error;
      return undefined;
    }
  }

  private async attach<T>({ type, workflowId, memo }: ProcessStart): Promise<DuvoProcess<T>> {
    const description = await describeWorkflow(this.client, workflowId);
    const key = memo[MemoKeys.key] as string | undefined;
    if (description.type !== type) {
      const problem = `${workflowId} is a workflow of the type ${description.type}, not ${type}: give another ${key === undefined ? 'workflow id' : 'key'}`;
      throw new WorkflowConflictError(workflowId, problem);
    }
    if (!hasSameInput(description, memo[MemoKeys.inputDigest]))
      throw key === undefined
        ? new WorkflowConflictError(
            workflowId,
            `the workflow id '${workflowId}' was used before with other arguments: give the same arguments to attach to that ` +
              'process, or another workflow id to start a new one',
          )
        : new KeyConflictError(key, workflowId, 'other arguments');
    return new DuvoProcess<T>(this.client, workflowId, true, toExecutionIds(description));
  }
}
