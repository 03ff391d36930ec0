import { ActivityFailure, CancellationScope, TimeoutFailure, workflowInfo } from '@temporalio/workflow';
import type { CheckOutputResult, RespondVerdict, RunSnapshot } from '../../activities';
import type { RunPlan } from '../../contract/run-input';
import { toDuvoAnswer } from '../gates/answer-checks';
import { proxyDuvoCall } from '../process/activity-proxies';
import type { GateRecord, AcceptedAnswer } from '../gates/gate-book';
import { readLastReply, type Reply } from './last-reply';
import { applicationCause } from './run-failures';
import type { RunMemory } from './run-machine';

/** How long a look is tried that others wait for, in milliseconds. */
const POLL_TIMEOUT_MS = 60_000;

/** The calls that a run makes to Duvo, one at a time. A cancel of the workflow ends the one under way. */
export class RemoteRun {
  private isCancelled = false;
  private callScope?: CancellationScope;

  constructor(
    private readonly plan: RunPlan,
    private readonly memory: RunMemory,
  ) {}

  cancel(): void {
    this.isCancelled = true;
    this.callScope?.cancel();
  }

  /** The first look at a run that somebody else started. */
  attach(runId: string): Promise<RunSnapshot> {
    return this.runCancellable(() => this.activities(`attach to run ${runId}`).getRun({ runId }));
  }

  /** What names the start to Duvo. */
  get startKey(): string {
    return this.memory.ambiguous?.key ?? this.plan.key ?? this.idempotencyKey('start');
  }

  /** Starts the run; gives up when the deadline has passed before Duvo took it. */
  start(agentId: string, giveUpAfterMs?: number): Promise<RunSnapshot> {
    const { message, sandboxId, webhookUrl, extraFields } = this.plan;
    const key = this.startKey;
    return this.runCancellable(() =>
      this.activities(`start a run of agent ${agentId}`, giveUpAfterMs).startRun({
        agentId,
        key,
        ...(message && { message }),
        ...(sandboxId && { sandboxId }),
        ...(webhookUrl && { webhookUrl }),
        ...(extraFields && { extraFields }),
      }),
    );
  }

  /** One look, now; nothing when Duvo cannot be reached. */
  async poll(): Promise<RunSnapshot | undefined> {
    const { runId } = this;
    try {
      return await this.runCancellable(() =>
        this.activities(`look at run ${runId}`, POLL_TIMEOUT_MS).getRun({ runId }),
      );
    } catch (error) {
      if (isCallTimeout(error)) return undefined;
      throw error;
    }
  }

  deliverAnswer({ gate, taken }: GateRecord & { taken: AcceptedAnswer }): Promise<RespondVerdict> {
    const { runId } = this;
    const { gateId: requestId } = gate;
    return this.runCancellable(() =>
      this.activities(`deliver the answer to gate ${requestId}`).respondToHumanRequest({
        runId,
        requestId,
        answer: toDuvoAnswer(taken),
        key: this.idempotencyKey('answer'),
      }),
    );
  }

  /** Tells a run that has ended to go on. Whether it is running already is for the next look. */
  async resume(text: string, step: string, giveUpAfterMs?: number): Promise<void> {
    const { runId } = this;
    const key = this.idempotencyKey(step);
    try {
      await this.runCancellable(() =>
        this.activities(`tell run ${runId} to go on, ${step}`, giveUpAfterMs).postMessage({ runId, text, key }),
      );
    } catch (error) {
      // It is running: an earlier try of ours arrived, or somebody else was quicker. Or Duvo took the message, though
      // what it says cannot be read.
      const type = applicationCause(error)?.type;
      if (type !== 'Duvo.Conflict' && type !== 'Duvo.ContractViolation') throw error;
    }
  }

  readLastReply(): Promise<Reply> {
    return this.runCancellable(() => readLastReply(this.callTarget()));
  }

  /** Whether the schema can be used; fails when not. */
  checkSchema(): Promise<unknown> {
    return this.checkText('the schema of the output');
  }

  /** What the reply says as JSON, or why it does not fit. */
  async checkReply({ output, outputCut, outputError }: Reply): Promise<CheckOutputResult> {
    if (outputError) return { problems: [`it could not be read: ${outputError}`] };
    return outputCut ? { problems: ['it is too long'] } : this.checkText('what the agent said', output);
  }

  /** Tells the agent why its answer does not fit. */
  requestValidOutput(problems: string[], nth: number, giveUpAfterMs?: number): Promise<void> {
    const text = [
      'Your last message cannot be used:',
      ...problems.map((problem) => `- ${problem}`),
      'Answer again with nothing but JSON that fits this JSON Schema:',
      JSON.stringify(this.plan.output?.schema),
    ];
    return this.resume(text.join('\n'), `output/${nth}`, giveUpAfterMs);
  }

  private checkText(what: string, text?: string): Promise<CheckOutputResult> {
    const { schema = {} } = this.plan.output ?? {};
    return this.runCancellable(() => this.activities(`check ${what}`).checkOutput({ schema, text }));
  }

  /** Names a step of this workflow: the same after a reset, new after continue-as-new, a retry and a cron run. */
  idempotencyKey(step: string): string {
    const { workflowId, originalExecutionRunId } = workflowInfo();
    return `${workflowId}/${originalExecutionRunId}/${step}`;
  }

  callTarget(): { taskQueue: string; runId: string } {
    return { taskQueue: this.plan.apiTaskQueue, runId: this.runId };
  }

  private get runId(): string {
    return this.memory.runId ?? '';
  }

  private activities(summary: string, giveUpAfterMs?: number): ReturnType<typeof proxyDuvoCall> {
    return proxyDuvoCall({ taskQueue: this.plan.apiTaskQueue, summary, giveUpAfterMs });
  }

  private async runCancellable<T>(call: () => Promise<T>): Promise<T> {
    this.callScope = new CancellationScope({ cancellable: true });
    if (this.isCancelled) this.callScope.cancel();
    try {
      return await this.callScope.run(call);
    } finally {
      this.callScope = undefined;
    }
  }
}

/** Whether a call was tried until its time was up, and not refused. */
export function isCallTimeout(error: unknown): boolean {
  return error instanceof ActivityFailure && (error.retryState === 'TIMEOUT' || error.cause instanceof TimeoutFailure);
}
