import { CancellationScope } from '@temporalio/workflow';
import type { RunLook } from '../../activities';
import type { RunPlan } from '../../contract/run-input';
import { duvoWatch } from '../process/duvo-activities';
import { openGates } from '../gates/gate-book';
import type { RunMemory } from './run-machine';

/** The watch of a run: one activity for each change, which sleeps on the server between its polls. */
export class Watch {
  /** When the watch last began to look, in workflow time: its first poll is made at once. */
  lastBegun = 0;
  private scope?: CancellationScope;
  private outcome?: { look: RunLook } | { error: unknown };

  constructor(
    private readonly plan: RunPlan,
    private readonly memory: RunMemory,
  ) {}

  /** Whether there is a change (or a failure) to {@link take}. */
  get settled(): boolean {
    return this.outcome !== undefined;
  }

  /** Watches, unless it does already. */
  ensure(): void {
    if (this.scope) return;
    const { plan, memory } = this;
    const runId = memory.runId ?? '';
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    this.lastBegun = Date.now();
    const gate = openGates(memory)[0]?.gate.gateId;
    const watched = scope.run(() =>
      duvoWatch({
        taskQueue: plan.apiTaskQueue,
        summary: gate ? `watch run ${runId}, which waits at gate ${gate}` : `watch run ${runId}`,
      }).awaitRunChange({
        runId,
        seen: memory.seen,
        ageMs: Math.max(0, Date.now() - memory.clocks.since),
        every: gate ? [{ everyMs: plan.atGateMs }] : plan.every,
      }),
    );
    watched.then(
      (look) => this.settle(scope, { look }),
      (error: unknown) => this.settle(scope, { error }),
    );
  }

  /** Ends the watch without waiting: the attempt that sleeps on the server is dropped there. */
  cancel(): void {
    const { scope } = this;
    this.scope = undefined;
    this.outcome = undefined;
    scope?.cancel();
  }

  /** The change that was seen, once. @throws what the watch failed with */
  take(): RunLook {
    const { outcome } = this;
    this.scope = undefined;
    this.outcome = undefined;
    if (!outcome) throw new Error('the watch has not settled');
    if ('error' in outcome) throw outcome.error;
    return outcome.look;
  }

  private settle(scope: CancellationScope, outcome: { look: RunLook } | { error: unknown }): void {
    if (scope === this.scope) this.outcome = outcome;
  }
}
