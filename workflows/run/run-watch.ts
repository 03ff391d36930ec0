import { CancellationScope } from '@temporalio/workflow';
import type { RunFault, RunSnapshot } from '../../activities';
import type { RunPlan } from '../../contract/run-plan';
import { listOpenGates } from '../gates/gate-book';
import { proxyRunWatch } from '../process/activity-proxies';
import { isRequestUnseen, type RunMemory } from './run-machine';

/** The watch of a run: one activity for each change. The activity sleeps on the server between its polls. */
export class RunWatch {
  /** When the watch was started last, in workflow time. Its first poll follows at once. */
  lastStartedAt = 0;
  private scope?: CancellationScope;
  private result?: { change: RunSnapshot | RunFault } | { error: unknown };

  constructor(
    private readonly plan: RunPlan,
    private readonly memory: RunMemory,
  ) {}

  /** Whether there is a change, or a failure, for {@link takeResult}. */
  get hasResult(): boolean {
    return this.result !== undefined;
  }

  /** Starts the watch, unless it is running. */
  ensureStarted(): void {
    if (this.scope) return;
    const { plan, memory } = this;
    const { runId = '', fault } = memory;
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    this.lastStartedAt = Date.now();
    const gate = listOpenGates(memory)[0]?.gate.gateId;
    const watching = scope.run(() =>
      proxyRunWatch({
        taskQueue: plan.apiTaskQueue,
        summary: gate ? `watch run ${runId}, which waits at gate ${gate}` : `watch run ${runId}`,
      }).awaitRunChange({
        runId,
        lastSeen: memory.lastSeen,
        ageMs: Math.max(0, Date.now() - memory.clocks.phaseStartedAtMs),
        pollSchedule: gate ? [{ intervalMs: plan.gatePollIntervalMs }] : plan.pollSchedule,
        faultTimeoutMs: plan.faultTimeoutMs,
        ...(isRequestUnseen(memory) && { reportMissingRequest: true }),
        ...(fault && { faults: fault.faults, delayMs: Math.max(0, fault.nextPollAtMs - Date.now()) }),
      }),
    );
    watching.then(
      (change) => this.setResult(scope, { change }),
      (error: unknown) => this.setResult(scope, { error }),
    );
  }

  /** Ends the watch without waiting. The server drops the attempt that sleeps there. */
  cancel(): void {
    const { scope } = this;
    this.scope = undefined;
    this.result = undefined;
    scope?.cancel();
  }

  /** Returns the change once, and ends the watch. @throws the failure of the watch */
  takeResult(): RunSnapshot | RunFault {
    const { result } = this;
    this.scope = undefined;
    this.result = undefined;
    if (!result) throw new Error('takeResult was called before the watch had a result');
    if ('error' in result) throw result.error;
    return result.change;
  }

  private setResult(scope: CancellationScope, result: { change: RunSnapshot | RunFault } | { error: unknown }): void {
    if (scope === this.scope) this.result = result;
  }
}
