import { upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { RunSnapshot } from '../../activities';
import { MemoKeys } from '../../contract/names';
import type { RunPlan } from '../../contract/run-plan';
import type { CancelOutcome } from '../../contract/runs';
import { setMessageHandlers, type RunMessages } from './message-handlers';
import type { GateTerms } from '../gates/gate-book';
import { resolveStarter } from '../gates/starter';
import { GateNotifier } from '../notifications/gate-notifier';
import { RunCalls } from './run-calls';
import { applyReadFault } from './run-faults';
import { applyPolledRun, newRunMemory, type RunMemory } from './run-machine';
import { RunTimers } from './run-timers';
import { RunVisibility } from './run-visibility';
import { RunWatch, type WatchResult } from './run-watch';

/** A run while its workflow lives: its state, its messages, its watch, its calls to Duvo, and what Temporal shows. */
export class LiveRun {
  readonly memory: RunMemory;
  readonly messages: RunMessages;
  readonly watch: RunWatch;
  readonly calls: RunCalls;
  readonly timers: RunTimers;
  private readonly notifier = new GateNotifier();
  /** What the policy of the input requires of each gate. */
  readonly gateTerms: GateTerms;
  /** Whether the workflow was cancelled. The loop in agent-run.ts reads it, so no call has to throw a cancellation. */
  cancelled = false;
  /** Whether stopping the run denied an approval. A run that completes after that was stopped, and has not done its work. */
  isApprovalDeniedByStop = false;
  private cancelOutcome?: CancelOutcome;
  private readonly visibility: RunVisibility;

  constructor(
    readonly plan: RunPlan,
    memory?: RunMemory,
  ) {
    const { workflowId, originalExecutionRunId } = workflowInfo();
    this.gateTerms = {
      due: plan.gateDue,
      calendar: plan.gateCalendar,
      onTimeout: plan.onTimeout,
      policy: resolveStarter(plan.gatePolicy, 'gate.'),
      notify: plan.gateNotify,
    };
    this.memory = memory ?? newRunMemory(workflowId, Date.now(), plan.agentId, originalExecutionRunId);
    this.visibility = new RunVisibility(this.memory);
    this.calls = new RunCalls(plan, this.memory);
    this.watch = new RunWatch(plan, this.memory);
    this.messages = setMessageHandlers(this.memory, {
      hasRunId: () => (this.memory.runId ?? plan.runId) !== undefined,
      getCancelOutcome: () => this.cancelOutcome,
    });
    this.timers = new RunTimers(plan, this.memory, () => this.calls.endDelivery());
  }

  applyPolledRun(snapshot: RunSnapshot, isConfirmation = false): void {
    applyPolledRun(this.memory, snapshot, Date.now(), { ...this.gateTerms, isConfirmation });
    this.timers.update();
  }

  /** Applies what the watch found: the run has changed, or cannot be read. */
  applyWatched({ change, isConfirmation }: WatchResult): void {
    if ('faults' in change) applyReadFault(this.memory, change, Date.now());
    else this.applyPolledRun(change, isConfirmation);
  }

  /** Polls the run now, and ends the wait of the messages that requested the poll. */
  async pollNow(): Promise<void> {
    // Before the run exists, only a gate of the workflow itself can be open, and nothing can be polled.
    if (!this.memory.runId) return;
    this.watch.cancel();
    const pollNumber = this.messages.pollsRequested;
    try {
      const snapshot = await this.calls.poll();
      if (snapshot) this.applyPolledRun(snapshot);
      this.messages.markPolled(pollNumber);
    } catch (error) {
      if (!this.cancelled) throw error;
    }
  }

  /** Returns how long a call may be retried; `undefined` without a deadline. */
  callTimeoutMs(): number | undefined {
    const leftMs = this.timers.deadlineLeftMs();
    return leftMs === undefined ? undefined : Math.max(1, leftMs);
  }

  /** Whether the run has completed, and not because a stop denied what the run requested. */
  get hasDoneItsWork(): boolean {
    return this.memory.status === 'completed' && !this.isApprovalDeniedByStop;
  }

  /** Records the outcome of a cancellation in the memo, because a cancelled workflow has no result. */
  setCancelOutcome(outcome: CancelOutcome): void {
    this.cancelOutcome = outcome;
    const hadEnded = outcome === 'already-finished' && !this.isApprovalDeniedByStop;
    upsertMemo({
      [MemoKeys.cancel]: outcome,
      // With another outcome, the status that was read last is not the status in which the run ended.
      ...(hadEnded && { [MemoKeys.cancelledRunStatus]: this.memory.status }),
    });
  }

  get areShownGatesStale(): boolean {
    return this.visibility.areGatesStale;
  }

  /** Shows what has changed to people: in visibility, and by the channels of the gates. */
  updateVisibility(): void {
    this.visibility.update();
    this.notifier.reconcile(this.memory);
  }

  /** Waits until the messages about closed gates are certain to be settled, also after the end of this workflow. */
  settleNotifications(): Promise<void> {
    return this.notifier.settleClosed(this.memory);
  }
}
