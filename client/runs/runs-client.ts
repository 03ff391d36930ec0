import { runMessage } from '../../contract/run-input';
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { AGENT_RUN_WORKFLOW_TYPE, DEFAULT_TASK_QUEUE, MemoKeys, Signals } from '../../contract/names';
import type { AgentRunInput, Hint } from '../../contract/runs';
import { DuvoRun } from './duvo-run';
import { InvalidInputError, isAlreadyStarted, KeyConflictError } from '../errors';
import { toExecution } from '../temporal/execution';
import { inputDigest } from '../../items/input-digest';
import { checkPriority, type StartOptions, type TaskQueueOptions } from '../temporal/start-options';
import { findRunLeftRunning } from './run-end';
import { listRuns, type ListRunsOptions, type RunSummary } from './list-runs';

/** Input of {@link RunsClient.start}: that of the workflow, with the business key in place of the start's own key. */
export type StartInput = Omit<AgentRunInput, 'runId' | 'key'> & {
  agentId: string;
  /** Names the business case, e.g. `invoice-4711`: becomes part of the workflow id. @default a random one */
  key?: string;
};

/** Agent runs: starts them and finds them. */
export class RunsClient {
  constructor(
    private readonly client: Client,
    private readonly options: TaskQueueOptions = {},
  ) {}

  /**
   * Starts a run. The same business key again attaches to the run that is open or completed, starts anew after one that
   * failed or was cancelled, and is refused when the input differs. A key is remembered as long as the namespace's
   * retention keeps the closed workflow (Temporal's default for a new namespace is 3 days); after that it starts anew.
   *
   * What is wrong with the input beyond its shape shows as `Duvo.InvalidInput` from `result()`.
   *
   * @throws KeyConflictError
   * @throws InvalidInputError when the key is blank: all cases without one would be the same case; when there is no agent,
   * the message is too large, or the priority is none
   */
  async start({ key, ...input }: StartInput, options: StartOptions = {}): Promise<DuvoRun> {
    if (key?.trim() === '')
      throw new InvalidInputError('key', 'is blank: give the name of the business case, or no key');
    if (!input.agentId?.trim()) throw new InvalidInputError('agentId', "is missing: give Duvo's id of the agent");
    InvalidInputError.fromCheck(() => runMessage(input.message ?? '', 'message'));
    return this.startOrAttach(`duvo-run-${key ?? randomUUID()}`, input, key, options);
  }

  /**
   * Watches a Duvo run that somebody else started. The same run twice is the same workflow.
   *
   * @throws KeyConflictError when it is being watched with other options
   */
  attach(
    runId: string,
    options: Omit<AgentRunInput, 'agentId' | 'runId' | 'message' | 'sandboxId' | 'key'> = {},
    startOptions: StartOptions = {},
  ): Promise<DuvoRun> {
    return this.startOrAttach(`duvo-attach-${runId}`, { ...options, runId }, runId, startOptions);
  }

  /** The latest run of a workflow id, at each call; without asking whether there is one. */
  get(workflowId: string): DuvoRun {
    return new DuvoRun(this.client, workflowId);
  }

  /** The runs, newest first, as visibility shows them (within a second or two). */
  list(options?: ListRunsOptions): AsyncIterable<RunSummary> {
    return listRuns(this.client, options);
  }

  /** Makes a run look at Duvo now, e.g. on a webhook. */
  async hint(workflowId: string, hint: Hint = {}): Promise<void> {
    await this.client.workflow.getHandle(workflowId).signal(Signals.hint, hint);
  }

  private async startOrAttach(
    workflowId: string,
    input: AgentRunInput,
    key: string | undefined,
    { priority }: StartOptions,
  ): Promise<DuvoRun> {
    if (priority) checkPriority(priority);
    const digest = inputDigest(input);
    const memo = { [MemoKeys.inputDigest]: digest, ...(key !== undefined && { [MemoKeys.key]: key }) };
    const newRun = await this.tryStart(workflowId, input, {
      memo,
      priority,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    if (newRun) return newRun;
    const handle = this.client.workflow.getHandle(workflowId);
    const attachToExisting = async () => {
      const description = await handle.describe();
      if (description.memo?.[MemoKeys.inputDigest] !== digest)
        throw new KeyConflictError(key ?? workflowId, workflowId);
      return new DuvoRun(this.client, workflowId, true, toExecution(description));
    };
    const { status } = await handle.describe();
    if (status.name === 'RUNNING' || status.name === 'COMPLETED') return attachToExisting();
    // What the former one may have left working is taken up again, not started a second time.
    const runningRunId = await findRunLeftRunning(handle);
    if (runningRunId) await attachToExisting();
    const nextInput = runningRunId ? toAttachInput(input, runningRunId) : input;
    const restartedRun = await this.tryStart(workflowId, nextInput, {
      memo,
      priority,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    });
    return restartedRun ?? attachToExisting();
  }

  /** Starts a workflow. @returns nothing when it was not this call that did, but one before it */
  private async tryStart(
    workflowId: string,
    input: AgentRunInput,
    options: StartOptions & {
      memo: Record<string, unknown>;
      workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY';
    },
  ): Promise<DuvoRun | undefined> {
    const { taskQueue = DEFAULT_TASK_QUEUE, apiTaskQueue } = this.options;
    try {
      const { firstExecutionRunId: runId } = await this.client.workflow.start(AGENT_RUN_WORKFLOW_TYPE, {
        workflowId,
        taskQueue,
        args: [{ ...(apiTaskQueue && { apiTaskQueue }), ...input }],
        ...options,
        workflowIdConflictPolicy: 'FAIL',
      });
      return new DuvoRun(this.client, workflowId, false, { runId, firstRunId: runId });
    } catch (error) {
      if (!isAlreadyStarted(error)) throw error;
      return undefined;
    }
  }
}

/** The input that watches a run which another one has started. */
function toAttachInput(input: AgentRunInput, runId: string): AgentRunInput {
  const { agentId: _a, message: _m, sandboxId: _s, key: _k, webhookUrl: _w, extraFields: _e, ...watchInput } = input;
  return { ...watchInput, runId };
}
