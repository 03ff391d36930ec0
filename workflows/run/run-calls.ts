import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { CheckOutputResult, ComputedDue, LastReply, RespondVerdict, RunSnapshot } from '../../activities';
import { FailureTypes } from '../../contract/failures';
import { MemoKeys } from '../../contract/names';
import type { BusinessCalendar } from '../../contract/gates/times/calendar';
import type { DuvoAnswer } from '../../contract/gates/gates';
import type { RunPlan } from '../../contract/run-plan';
import type { AcceptedAnswer, AnsweredGateRecord, GateRecord } from '../gates/gate-book';
import { isActivityCancellation, proxyDuvoCall } from '../process/activity-proxies';
import { computeDue, computeDueOfGate } from '../timers/compute-due';
import { applicationCause, isCallTimeout } from './run-failures';
import type { RunMemory } from './run-machine';
import { applyMessageStart } from './state/previous-end';
import { requestIdOf } from './state/shown-request';

/** How long a poll is retried while a message or the run's loop waits for it. */
const POLL_TIMEOUT_MS = 60_000;

/** How long the read of the last message is retried. The run itself has completed, so its result can wait. */
const READ_REPLY_TIMEOUT_MS = 600_000;

/** Limit of the pages that are searched for the last message, because each page adds events to the history. */
const MAX_REPLY_PAGES = 50;

/** The agent's last message. */
export interface Reply {
  /** Empty when the agent wrote no message, or the message could not be read. */
  text: string;
  truncated?: true;
  /** Failure type of the call when the message could not be read. */
  error?: string;
}

/** The calls of a run to Duvo, one at a time. A cancellation of the workflow cancels the call that is in progress. */
export class RunCalls {
  private isCancelled = false;
  private callScope?: CancellationScope;
  private isDelivering = false;

  constructor(
    private readonly plan: RunPlan,
    private readonly memory: RunMemory,
  ) {}

  cancel(): void {
    this.isCancelled = true;
    this.callScope?.cancel();
  }

  /** Cancels the delivery of an answer that is in progress. */
  endDelivery(): void {
    if (this.isDelivering) this.callScope?.cancel();
  }

  /** The key of the start. All attempts of the start, and all workflows that repeat the start, have the same key. */
  get startKey(): string {
    return this.memory.ambiguousStart?.key ?? this.plan.key ?? this.idempotencyKey('start');
  }

  /**
   * Starts the run, or inherits the run that a former execution left open. The call times out when Duvo has not accepted
   * the start within `timeoutMs`.
   *
   * @param former Temporal's run id of the latest former execution; '' when there is none; `undefined` when it is not known
   */
  start(agentId: string, timeoutMs?: number, former = formerExecutionHint()): Promise<RunSnapshot> {
    const { message, sandboxId, webhookUrl, extraFields, faultTimeoutMs } = this.plan;
    const key = this.startKey;
    return this.runCancellable(() =>
      this.activities(`start a run of agent ${agentId}`, timeoutMs).startRun({
        agentId,
        key,
        faultTimeoutMs,
        ...(former !== undefined && { former }),
        ...(message && { message }),
        ...(sandboxId && { sandboxId }),
        ...(webhookUrl && { webhookUrl }),
        ...(extraFields && { extraFields }),
      }),
    );
  }

  /** Polls the run now. Returns `undefined` when the run cannot be read. */
  async poll(): Promise<RunSnapshot | undefined> {
    const { runId } = this;
    const { faultTimeoutMs } = this.plan;
    const activities = this.activities(`poll run ${runId}`, POLL_TIMEOUT_MS);
    try {
      return await this.runCancellable(() => activities.getRun({ runId, faultTimeoutMs }));
    } catch (error) {
      // The watch continues to poll, and decides when a run that cannot be read has failed.
      if (isCallTimeout(error) || applicationCause(error)?.type === FailureTypes.RunUnreadable) return undefined;
      throw error;
    }
  }

  /**
   * Delivers an answer. At the deadline, {@link endDelivery} ends the delivery. The activity's own timeout would not do,
   * because an activity ends earlier when its next attempt would come too late. A Duvo that replays the response of a key would
   * replay a refusal, so the same answer has another key after a refusal, and at another gate of the same request.
   */
  async deliverAnswer(record: AnsweredGateRecord): Promise<RespondVerdict> {
    const { runId } = this;
    const { gate, acceptedAnswer, refusedDeliveries = 0 } = record;
    const requestId = requestIdOf(record);
    this.isDelivering = true;
    try {
      return await this.runCancellable(() =>
        this.activities(`deliver the answer to gate ${gate.gateId}`).respondToHumanRequest({
          runId,
          requestId,
          answer: toDuvoAnswer(acceptedAnswer),
          key: this.idempotencyKey(`answer/${gate.gateId}/${refusedDeliveries + 1}`),
          faultTimeoutMs: this.plan.faultTimeoutMs,
          confirmReadMs: this.plan.confirmReadMs,
        }),
      );
    } finally {
      this.isDelivering = false;
    }
  }

  /** Computes the business due time of a gate. */
  computeDue(record: GateRecord, pending: { rule: string; fromMs: number }): Promise<ComputedDue> {
    return this.runCancellable(() => computeDueOfGate(record, pending));
  }

  /** Fails when the calendar of the gates cannot be used. */
  checkCalendar(calendar: BusinessCalendar, timeoutMs?: number): Promise<unknown> {
    const computation = { rule: String(this.plan.gateDue ?? ''), fromMs: Date.now(), calendar, path: 'gate.' };
    return this.runCancellable(() => computeDue(computation, timeoutMs));
  }

  /** Sends a message that resumes a run that has ended. The next poll shows whether the run is running. */
  resume(text: string, step: string, timeoutMs?: number): Promise<void> {
    const { runId, memory } = this;
    const { faultTimeoutMs } = this.plan;
    const end = { status: memory.status, endedAt: memory.endedAt ?? '' };
    const key = this.idempotencyKey(step);
    // Only a cancellation before this moment is certain to prevent the message.
    if (!this.isCancelled) applyMessageStart(memory, Date.now());
    return this.runCancellable(() =>
      this.activities(`resume run ${runId}, ${step}`, timeoutMs).resumeRun({ runId, text, key, end, faultTimeoutMs }),
    );
  }

  /**
   * Reads the agent's last message. A message that cannot be read is no failure: the run has completed all the same.
   *
   * @param timeoutMs how long the pages are read and retried, all together
   */
  async readLastReply(timeoutMs = READ_REPLY_TIMEOUT_MS): Promise<Reply> {
    const { runId } = this;
    const untilMs = Date.now() + timeoutMs;
    const faultTimeoutMs = Math.min(timeoutMs, this.plan.faultTimeoutMs);
    const readPage = (page: LastReply['next']) =>
      this.runCancellable(() => {
        const leftMs = Math.max(1, untilMs - Date.now());
        const activities = this.activities(`read the last message of run ${runId}`, leftMs);
        return activities.readLastReply({ runId, faultTimeoutMs, ...page });
      });
    try {
      let reply: LastReply = await readPage(undefined);
      for (let pages = 1; reply.next; pages++) {
        if (pages >= MAX_REPLY_PAGES) return { text: '', error: FailureTypes.RunUnreadable };
        reply = await readPage(reply.next);
      }
      return { text: reply.text ?? '', ...(reply.truncated && { truncated: true }) };
    } catch (error) {
      const cause = applicationCause(error);
      if (isActivityCancellation(error) || (!cause && !isCallTimeout(error))) throw error;
      return { text: '', error: cause?.type ?? 'Duvo.Timeout' };
    }
  }

  /** Fails when the output schema cannot be used. */
  checkSchema(timeoutMs?: number): Promise<unknown> {
    return this.checkText('check the schema of the output', undefined, timeoutMs);
  }

  /** Returns the parsed JSON of the agent's last message, or what is wrong with it. */
  async checkReply({ text, truncated }: Reply): Promise<CheckOutputResult> {
    return truncated ? { problems: ['it is too long'] } : this.checkText('check the last message', text);
  }

  /** Sends a message that says why the agent's last message does not fit the schema, and requests a valid one. */
  requestValidOutput(problems: string[], nth: number, timeoutMs?: number): Promise<void> {
    const text = [
      'Your last message cannot be used:',
      ...problems.map((problem) => `- ${problem}`),
      'Answer again with nothing but JSON that fits this JSON Schema:',
      JSON.stringify(this.plan.output?.schema),
    ];
    return this.resume(text.join('\n'), `output/${nth}`, timeoutMs);
  }

  /** Returns the key of a step of this workflow. A reset keeps the key; continue-as-new, a retry and a cron run change it. */
  idempotencyKey(step: string): string {
    const { workflowId, originalExecutionRunId } = workflowInfo();
    return `${workflowId}/${originalExecutionRunId}/${step}`;
  }

  callTarget(): { taskQueue: string; runId: string; faultTimeoutMs: number } {
    const { apiTaskQueue, faultTimeoutMs } = this.plan;
    return { taskQueue: apiTaskQueue, runId: this.runId, faultTimeoutMs };
  }

  private get runId(): string {
    return this.memory.runId ?? '';
  }

  private checkText(summary: string, text?: string, timeoutMs?: number): Promise<CheckOutputResult> {
    const { schema = {} } = this.plan.output ?? {};
    return this.runCancellable(() => this.activities(summary, timeoutMs).checkOutput({ schema, text }));
  }

  private activities(summary: string, timeoutMs?: number): ReturnType<typeof proxyDuvoCall> {
    return proxyDuvoCall({ taskQueue: this.plan.apiTaskQueue, summary, timeoutMs });
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

/**
 * Returns the hint about a former execution that the client put into the memo. A retry, a cron run or a reset has a former
 * execution that the client could not know, so that the memo is outdated and the result is `undefined`.
 */
export function formerExecutionHint(): string | undefined {
  const { runId, firstExecutionRunId, memo } = workflowInfo();
  return runId === firstExecutionRunId ? (memo?.[MemoKeys.former] as string | undefined) : undefined;
}

/** Converts an answer into the form that Duvo's API accepts. */
function toDuvoAnswer(answer: AcceptedAnswer): DuvoAnswer {
  if (answer.answers) {
    const joined = Object.entries(answer.answers).map(
      ([text, given]) => [text, Array.isArray(given) ? given.join(',') : given] as const,
    );
    return { answers: Object.fromEntries(joined) };
  }
  return { approved: answer.approved === true };
}
