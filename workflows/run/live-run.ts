import { workflowInfo } from '@temporalio/workflow';
import type { RunSnapshot } from '../../activities';
import type { RunPlan } from '../../contract/run-input';
import type { CancelOutcome } from '../../contract/runs';
import { setMessageHandlers, type RunMessages } from './message-handlers';
import { RemoteRun } from './remote-run';
import { clocksAt, newRunMemory, applyPolledRun, type RunMemory } from './run-machine';
import { openGatesFingerprint, setRunDetails, upsertOpenGates } from './visibility';
import { RunWatch } from './run-watch';

/** A run while its workflow lives: what is known of it, and how it is looked at. What is done with it is in agent-run.ts. */
export class LiveRun {
  readonly memory: RunMemory;
  readonly messages: RunMessages;
  readonly watch: RunWatch;
  readonly remote: RemoteRun;
  /** The workflow was cancelled: one more thing that the loop sees, not an exception anywhere. */
  cancelled = false;
  /** What came of the cancel. */
  cancelOutcome?: CancelOutcome;
  private shownGates: string;

  constructor(
    readonly plan: RunPlan,
    memory?: RunMemory,
  ) {
    this.memory = memory ?? newRunMemory(workflowInfo().workflowId, Date.now());
    this.shownGates = openGatesFingerprint(this.memory);
    this.remote = new RemoteRun(plan, this.memory);
    this.watch = new RunWatch(plan, this.memory);
    this.messages = setMessageHandlers(this.memory, () => this.cancelOutcome);
  }

  applyPolledRun(look: RunSnapshot): void {
    applyPolledRun(this.memory, look, Date.now(), this.plan.gateDueMs);
  }

  /** One look at the run, now: for those who wait for it. */
  async pollNow(): Promise<void> {
    this.watch.cancel();
    const wanted = this.messages.pollsRequested;
    // Without a run there is nothing to look at: a gate of our own is open.
    if (!this.memory.runId) return this.messages.markPolled(wanted);
    try {
      const look = await this.remote.poll();
      if (look) this.applyPolledRun(look);
      this.messages.markPolled(wanted);
    } catch (error) {
      if (!this.cancelled) throw error;
    }
  }

  /** Milliseconds of queue and agent time that are left; a person's time is not counted. */
  deadlineLeftMs(): number {
    const { deadlineMs } = this.plan;
    if (deadlineMs === undefined || this.memory.clocks.phase === 'human') return Infinity;
    const { queuedMs, agentMs } = clocksAt(this.memory, Date.now());
    return deadlineMs - queuedMs - agentMs;
  }

  /** How long a call may be tried. */
  callTimeoutMs(): number | undefined {
    const left = this.deadlineLeftMs();
    return left === Infinity ? undefined : Math.max(1, left);
  }

  updateVisibility(): void {
    setRunDetails(this.memory);
    const gates = openGatesFingerprint(this.memory);
    if (gates === this.shownGates) return;
    this.shownGates = gates;
    upsertOpenGates(this.memory);
  }
}
