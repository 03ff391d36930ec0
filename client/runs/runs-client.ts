import { type AgentRunInput, checkRunInputSize, type OutputPolicy, runMessage } from '../../contract/run-input';
import { nonEmptyString, upToBytes } from '../../contract/input-checks';
import type { Hint } from '../../contract/runs';
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import {
  AGENT_RUN_WORKFLOW_TYPE,
  ATTACH_WORKFLOW_ID_PREFIX,
  DEFAULT_TASK_QUEUE,
  MemoKeys,
  runWorkflowId,
  Signals,
} from '../../contract/names';
import { DuvoRun } from './duvo-run';
import { InvalidInputError, isAlreadyStarted, KeyConflictError } from '../errors';
import { describeWorkflow } from '../../temporal/memo-reader';
import { hasSameInput } from '../temporal/same-input';
import { toExecutionIds } from '../temporal/workflow-execution';
import { inputDigest } from '../../items/input-digest';
import { checkPriority, startedByMemo, type StartOptions, type TaskQueueOptions } from '../temporal/start-options';
import { readRunRemains } from '../../temporal/run-end';
import { listRuns, type ListRunsOptions, type RunSummary } from './list-runs';

/** The key is part of the workflow id. On SQL databases, Temporal refuses ids of more than 255 characters. */
const MAX_KEY_BYTES = 240;

/** Input of {@link RunsClient.start}: the workflow's input, where `key` is the business key. */
export type StartInput = Omit<AgentRunInput, 'runId' | 'key'> & {
  agentId: string;
  /** Names the business case, e.g. `invoice-4711`. The workflow id is `duvo-run-<key>`. @default a random key */
  key?: string;
};

/** Input of {@link RunsClient.attach}: how the workflow watches the run. */
export type AttachInput = Omit<
  AgentRunInput,
  'agentId' | 'runId' | 'message' | 'sandboxId' | 'key' | 'webhookUrl' | 'extraFields'
>;

/** Starts, finds and lists agent runs. */
export class RunsClient {
  constructor(
    private readonly client: Client,
    private readonly options: TaskQueueOptions = {},
  ) {}

  /**
   * Starts a run. The same business key attaches to a run that is open or completed, starts a new run after one that
   * failed or was cancelled, and is refused when the input differs. A run that Duvo had completed before the cancel is a
   * completed run, which the new workflow attaches to. After a run whose end is not known, another input is
   * refused, too, until a workflow with the same input has found the end of that run. Temporal knows a key until the
   * namespace's retention has deleted the closed workflow (3 days by default in a new namespace); after that, the key
   * starts a new run.
   *
   * This call checks key, agent, message and priority. An error in another field of the input is the failure
   * `Duvo.InvalidInput` of `result()`.
   *
   * With an output schema, the result's `output` is the parsed JSON of the agent's last message, of the type `T` that the
   * caller gives; the schema is checked, but the type is not compared with the schema. Without one, it is a text.
   *
   * @throws KeyConflictError when the key was used with another input
   * @throws InvalidInputError when the key is blank (all cases with a blank key would be one case), when the agent is
   * missing, the message is too large, or the priority is invalid
   */
  start<T = unknown>(input: StartInput & { output: OutputPolicy }, options?: StartOptions): Promise<DuvoRun<T>>;
  start(input: StartInput & { output?: undefined }, options?: StartOptions): Promise<DuvoRun<string>>;
  start(input: StartInput, options?: StartOptions): Promise<DuvoRun>;
  async start({ key, ...input }: StartInput, options: StartOptions = {}): Promise<DuvoRun> {
    if (key?.trim() === '')
      throw new InvalidInputError('key', 'is blank: give the name of the business case, or no key');
    const agentId: unknown = input.agentId;
    if (agentId === undefined || agentId === null)
      throw new InvalidInputError('agentId', "is missing: give Duvo's id of the agent");
    InvalidInputError.fromCheck(() => nonEmptyString(agentId, 'agentId'));
    InvalidInputError.fromCheck(() => {
      if (key !== undefined) upToBytes(nonEmptyString, MAX_KEY_BYTES)(key, 'key');
      runMessage(input.message ?? '', 'message');
      checkRunInputSize(input);
    });
    return this.startOrAttach(runWorkflowId(key ?? randomUUID()), input, key, options);
  }

  /**
   * Watches a Duvo run that was started elsewhere. A second call for the same run attaches to the same workflow while that
   * workflow is open. Afterwards a new workflow reads the run again, because somebody may have resumed the run in Duvo.
   *
   * @throws KeyConflictError when the run is being watched with other options
   */
  attach<T = unknown>(
    runId: string,
    input: AttachInput & { output: OutputPolicy },
    options?: StartOptions,
  ): Promise<DuvoRun<T>>;
  attach(runId: string, input?: AttachInput & { output?: undefined }, options?: StartOptions): Promise<DuvoRun<string>>;
  attach(runId: string, input?: AttachInput, options?: StartOptions): Promise<DuvoRun>;
  attach(runId: string, input: AttachInput = {}, options: StartOptions = {}): Promise<DuvoRun> {
    return this.startOrAttach(ATTACH_WORKFLOW_ID_PREFIX + runId, { ...input, runId }, runId, options);
  }

  /** Returns the run of a workflow id, without a check that it exists. Each call is to the latest execution. */
  get<T = unknown>(workflowId: string): DuvoRun<T> {
    return new DuvoRun<T>(this.client, workflowId);
  }

  /** Lists runs, the newest first, as visibility shows them (within a second or two). @throws InvalidInputError */
  list(options?: ListRunsOptions): AsyncIterable<RunSummary> {
    return listRuns(this.client, options);
  }

  /** Makes a run's workflow poll Duvo now, for example when a webhook reports a change. */
  async hint(workflowId: string, hint: Hint = {}): Promise<void> {
    await this.client.workflow.getHandle(workflowId).signal(Signals.hint, hint);
  }

  private async startOrAttach(
    workflowId: string,
    input: AgentRunInput,
    key: string | undefined,
    { priority, startedBy }: StartOptions,
  ): Promise<DuvoRun> {
    if (priority) checkPriority(priority);
    const digest = inputDigest(input);
    const memo = {
      [MemoKeys.inputDigest]: digest,
      ...(key !== undefined && { [MemoKeys.key]: key }),
      ...startedByMemo({ startedBy }),
    };
    const newRun = await this.tryStart(workflowId, input, {
      memo: { ...memo, [MemoKeys.former]: '' },
      priority,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    if (newRun) return newRun;
    const requireSameInput = (former: WorkflowExecutionDescription) => {
      if (!hasSameInput(former, digest)) throw new KeyConflictError(key ?? workflowId, workflowId);
    };
    const attachToExisting = async () => {
      const description = await describeWorkflow(this.client, workflowId);
      requireSameInput(description);
      return new DuvoRun(this.client, workflowId, true, toExecutionIds(description));
    };
    const existing = await describeWorkflow(this.client, workflowId);
    if (existing.status.name === 'RUNNING') return attachToExisting();
    // Somebody may have resumed the run in Duvo since its workflow ended, so a new workflow reads the run.
    if (input.runId) {
      const watch = await this.tryStart(workflowId, input, {
        memo,
        priority,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      });
      return watch ?? attachToExisting();
    }
    if (existing.status.name === 'COMPLETED') return attachToExisting();
    // The new workflow inherits the Duvo run, or the start, that the former one has left, so its input must be the same.
    if ((await readRunRemains(this.client, existing)) !== 'nothing') requireSameInput(existing);
    const restartedRun = await this.tryStart(workflowId, input, {
      memo: { ...memo, [MemoKeys.former]: existing.runId },
      priority,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    });
    return restartedRun ?? attachToExisting();
  }

  /** Starts the workflow. Returns `undefined` when the reuse policy does not allow another start of this id. */
  private async tryStart(
    workflowId: string,
    input: AgentRunInput,
    options: Omit<StartOptions, 'startedBy'> & {
      memo: Record<string, unknown>;
      workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE_FAILED_ONLY' | 'ALLOW_DUPLICATE';
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
