import { workflowInfo } from '@temporalio/workflow';
import type { RunLook } from '../../activities';
import type { RunPlan } from '../../contract/run-input';
import type { CancelVerdict } from '../../contract/run-contract';
import { handleMessages, type Inbox } from './message-handlers';
import { RemoteRun } from './remote-run';
import { clocksAt, newRun, observe, type RunMemory } from './run-machine';
import { gatesToShow, showDetails, showGates } from './visibility';
import { Watch } from './watch';

/** A run while its workflow lives: what is known of it, and how it is looked at. What is done with it is in agent-run.ts. */
export class LiveRun {
  readonly memory: RunMemory;
  readonly inbox: Inbox;
  readonly watch: Watch;
  readonly remote: RemoteRun;
  /** The workflow was cancelled: one more thing that the loop sees, not an exception anywhere. */
  cancelled = false;
  /** What came of the cancel. */
  verdict?: CancelVerdict;
  private shownGates: string;

  constructor(
    readonly plan: RunPlan,
    memory?: RunMemory,
  ) {
    this.memory = memory ?? newRun(workflowInfo().workflowId, Date.now());
    this.shownGates = gatesToShow(this.memory);
    this.remote = new RemoteRun(plan, this.memory);
    this.watch = new Watch(plan, this.memory);
    this.inbox = handleMessages(this.memory, () => this.verdict);
  }

  observe(look: RunLook): void {
    observe(this.memory, look, Date.now(), this.plan.dueMs);
  }

  /** One look at the run, now: for those who wait for it. */
  async look(): Promise<void> {
    this.watch.cancel();
    const wanted = this.inbox.looksWanted;
    // Without a run there is nothing to look at: a gate of our own is open.
    if (!this.memory.runId) return this.inbox.looked(wanted);
    try {
      const look = await this.remote.look();
      if (look) this.observe(look);
      this.inbox.looked(wanted);
    } catch (error) {
      if (!this.cancelled) throw error;
    }
  }

  /** Milliseconds of queue and agent time that are left; a person's time is not counted. */
  deadlineLeft(): number {
    const { deadlineMs } = this.plan;
    if (deadlineMs === undefined || this.memory.clocks.phase === 'human') return Infinity;
    const { queuedMs, agentMs } = clocksAt(this.memory, Date.now());
    return deadlineMs - queuedMs - agentMs;
  }

  /** How long a call may be tried. */
  limitLeft(): number | undefined {
    const left = this.deadlineLeft();
    return left === Infinity ? undefined : Math.max(1, left);
  }

  show(): void {
    showDetails(this.memory);
    const gates = gatesToShow(this.memory);
    if (gates === this.shownGates) return;
    this.shownGates = gates;
    showGates(this.memory);
  }
}
