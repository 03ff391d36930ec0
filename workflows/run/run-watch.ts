import { CancellationScope } from '@temporalio/workflow';
import type { RunSnapshot } from '../../activities';
import type { RunPlan } from '../../contract/run-input';
import { proxyRunWatch } from '../process/activity-proxies';
import { listOpenGates } from '../gates/gate-book';
import type { RunMemory } from './run-machine';

/** The watch of a run: one activity for each change, which sleeps on the server between its polls. */
export class RunWatch {
  /** When the watch last began to look, in workflow time: its first poll is made at once. */
  lastStartedAt = 0;
  private scope?: CancellationScope;
  private result?: { look: RunSnapshot } | { error: unknown };

  constructor(
    private readonly plan: RunPlan,
    private readonly memory: RunMemory,
  ) {}

  /** Whether there is a change (or a failure) to {@link takeResult}. */
  get hasResult(): boolean {
    return this.result !== undefined;
  }

  /** Watches, unless it does already. */
  ensureStarted(): void {
    if (this.scope) return;
    const { plan, memory } = this;
    const runId = memory.runId ?? '';
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    this.lastStartedAt = Date.now();
    const gate = listOpenGates(memory)[0]?.gate.gateId;
    const watched = scope.run(() =>
      proxyRunWatch({
        taskQueue: plan.apiTaskQueue,
        summary: gate ? `watch run ${runId}, which waits at gate ${gate}` : `watch run ${runId}`,
      }).awaitRunChange({
        runId,
        seen: memory.seen,
        ageMs: Math.max(0, Date.now() - memory.clocks.since),
        every: gate ? [{ everyMs: plan.gatePollMs }] : plan.pollSteps,
      }),
    );
    watched.then(
      (look) => this.setResult(scope, { look }),
      (error: unknown) => this.setResult(scope, { error }),
    );
  }

  /** Ends the watch without waiting: the attempt that sleeps on the server is dropped there. */
  cancel(): void {
    const { scope } = this;
    this.scope = undefined;
    this.result = undefined;
    scope?.cancel();
  }

  /** The change that was seen, once. @throws what the watch failed with */
  takeResult(): RunSnapshot {
    const { result } = this;
    this.scope = undefined;
    this.result = undefined;
    if (!result) throw new Error('the watch has not settled');
    if ('error' in result) throw result.error;
    return result.look;
  }

  private setResult(scope: CancellationScope, outcome: { look: RunSnapshot } | { error: unknown }): void {
    if (scope === this.scope) this.result = outcome;
  }
}
