import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import {
  AGENT_RUN_WORKFLOW_TYPE,
  type AgentRunInput,
  type SubmitAnswerResult,
  DEFAULT_TASK_QUEUE,
  type Gate,
  type GateAnswer,
  type GateSummary,
  type Hint,
  MemoKeys,
  Queries,
  Signals,
} from '../../contract/run-contract';
import { submitAnswer } from '../gates/submit-answer';
import { queryWithRetry } from '../query-with-retry';
import { DuvoRun, type WaitOptions } from './duvo-run';
import { GateError, InvalidInputError, isWorkflowNotFound, RunInputDiffersError, RunNotFoundError } from '../errors';
import { parseGateRef } from '../gates/gate-ref';
import { toExecution } from '../execution';
import { inputDigest } from '../../items/input-digest';
import { checkPriority, type StartPriority } from '../priority';
import { findRunLeftRunning } from './run-end';
import {
  listOpenGates,
  type ListRunsOptions,
  type ListGatesOptions,
  listRuns,
  type RunSummary,
} from './list-runs-and-gates';

/** Duvo takes a request of 1 MiB; Temporal would refuse what is larger than 2 MB, and say so confusingly. In bytes. */
const MAX_MESSAGE_BYTES = 1_000_000;

export interface DuvoRunsOptions {
  /** Task queue of the workflows. @default 'duvo' */
  taskQueue?: string;
  /** Task queue of the Duvo activities, when the worker's is not the default one. @default 'duvo-api' */
  apiTaskQueue?: string;
}

/** Input of {@link DuvoRuns.start}: that of the workflow, with the business key in place of the start's own key. */
export type StartInput = Omit<AgentRunInput, 'runId' | 'key'> & {
  agentId: string;
  /** Names the business case, e.g. `invoice-4711`: becomes part of the workflow id. @default a random one */
  key?: string;
};

/** How a run is started; no part of its input, so that the same key attaches whatever they are. */
export interface StartOptions {
  priority?: StartPriority;
}

/** What an application calls: starts agent runs, finds them, answers their gates. */
export class DuvoRuns {
  constructor(
    private readonly client: Client,
    private readonly options: DuvoRunsOptions = {},
  ) {}

  /**
   * Starts a run. The same business key again attaches to the run that is open or completed, starts anew after one that
   * failed or was cancelled, and is refused when the input differs. A key is remembered as long as the namespace's
   * retention keeps the closed workflow (Temporal's default for a new namespace is 3 days); after that it starts anew.
   *
   * What is wrong with the input beyond its shape shows as `Duvo.InvalidInput` from `result()`.
   *
   * @throws RunInputDiffersError
   * @throws InvalidInputError when the key is blank: all cases without one would be the same case; when there is no agent,
   * the message is too large, or the priority is none
   */
  async start({ key, ...input }: StartInput, options: StartOptions = {}): Promise<DuvoRun> {
    if (key?.trim() === '')
      throw new InvalidInputError('key', 'is blank: give the name of the business case, or no key');
    if (!input.agentId?.trim()) throw new InvalidInputError('agentId', "is missing: give Duvo's id of the agent");
    const bytes = Buffer.byteLength(input.message ?? '');
    if (bytes > MAX_MESSAGE_BYTES) {
      throw new InvalidInputError(
        'message',
        `has ${bytes} bytes, and Duvo takes ${MAX_MESSAGE_BYTES}: put the rest into a file`,
      );
    }
    return this.startOrAttach(`duvo-run-${key ?? randomUUID()}`, input, key, options);
  }

  /**
   * Watches a Duvo run that somebody else started. The same run twice is the same workflow.
   *
   * @throws RunInputDiffersError when it is being watched with other options
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

  /** The open gates of all runs and processes, the longest open first: one visibility query. */
  openGates(options?: ListGatesOptions): Promise<GateSummary[]> {
    return listOpenGates(this.client, options);
  }

  /** A gate with all that it asks. @throws GateError `Duvo.GateUnknown`; RunNotFoundError, NoWorkerError */
  async gate(ref: string): Promise<Gate> {
    const { workflowId, gateId } = parseGateRef(ref);
    const handle = this.client.workflow.getHandle(workflowId);
    const query = () => handle.query<Gate[]>(Queries.gates);
    const gates = await queryWithRetry(this.client, workflowId, query).catch((error: unknown): Gate[] => {
      // A process has gates to show from its first one on.
      if ((error as Error).name === 'QueryNotRegisteredError') return [];
      throw isWorkflowNotFound(error) ? new RunNotFoundError(workflowId, 'gate') : error;
    });
    const gate = gates.find((one) => one.gateId === gateId);
    if (!gate) throw new GateError('Duvo.GateUnknown', `${workflowId} has not opened the gate ${gateId}`, ref);
    return gate;
  }

  /**
   * Answers a gate, of a run or of a process, and comes back once Duvo or the process has the answer.
   *
   * @throws GateError when it is refused, with the reason; WaitTimeoutError
   */
  answer(
    gate: string | Pick<Gate, 'ref'>,
    answer: Omit<GateAnswer, 'gateId'>,
    options?: WaitOptions,
  ): Promise<SubmitAnswerResult> {
    return submitAnswer(this.client, typeof gate === 'string' ? gate : gate.ref, answer, options);
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
        throw new RunInputDiffersError(key ?? workflowId, workflowId);
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
      if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
      return undefined;
    }
  }
}

/** The input that watches a run which another one has started. */
function toAttachInput(input: AgentRunInput, runId: string): AgentRunInput {
  const { agentId: _a, message: _m, sandboxId: _s, key: _k, webhookUrl: _w, extraFields: _e, ...watchInput } = input;
  return { ...watchInput, runId };
}
