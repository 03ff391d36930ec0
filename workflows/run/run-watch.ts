import { CancellationScope } from '@temporalio/workflow';
import type { RunFault, RunSnapshot } from '../../activities';
import type { KnownFaults } from '../../contract/read-faults';
import type { PollSchedule, RunPlan } from '../../contract/run-plan';
import { listOpenGates } from '../gates/gate-book';
import { isRequestUnseen } from '../gates/unseen-request';
import { proxyRunWatch } from '../process/activity-proxies';
import { DueTimer } from '../timers/due-timer';
import type { RunMemory } from './run-machine';
import { hasMissingRequest } from './state/stale-gate';

/** A hint makes the workflow poll at once, but not sooner than this after the watch was started last. */
const MIN_POLL_REQUEST_INTERVAL_MS = 1_000;

/** What the watch found. */
export interface WatchResult {
  change: RunSnapshot | RunFault;
  /** Whether the read was made a poll interval after a read that did not show the request of an open gate. */
  isConfirmation: boolean;
}

/** The watch of a run: one activity for each change. The activity sleeps on the server between its polls. */
export class RunWatch {
  /** When the watch was started last, in workflow time. Its first poll follows at once. */
  private lastStartedAt = 0;
  private isPollRequested = false;
  /** Whether a requested poll has read the run, and nothing was done since. */
  private isJustRead = false;
  /** Whether the watch reads the run, after an interval, because the last read did not show the request of an open gate. */
  private isConfirmation = false;
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

  /**
   * Starts a timer that fires when {@link poll} may be called. Returns `undefined` while a requested poll has no result.
   * Another poll would abort the read in progress, so that a slow Duvo would never be read, and nobody would see the fault.
   * Returns `undefined`, too, for a read that confirms the one before, since it must come an interval later.
   */
  startPollTimer(): DueTimer | undefined {
    if (this.isPollRequested || this.isConfirmation) return undefined;
    return new DueTimer(this.lastStartedAt + MIN_POLL_REQUEST_INTERVAL_MS);
  }

  /**
   * Starts the watch, unless it is running.
   *
   * @param lastSeen the state that polls are compared with; the watch returns when a poll shows another state
   */
  ensureStarted(lastSeen = this.memory.lastSeen): void {
    if (!this.scope) this.start(lastSeen);
  }

  /** Starts the watch anew, so that it polls at once and has the result of this poll. This is what a hint requests. */
  poll(): void {
    this.cancel();
    delete this.memory.isHinted;
    this.isPollRequested = true;
    this.start();
  }

  private start(lastSeen = this.memory.lastSeen): void {
    const { plan, memory } = this;
    const { runId = '', fault } = memory;
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    this.isConfirmation = !this.isPollRequested && hasMissingRequest(memory);
    this.lastStartedAt = Date.now();
    const gate = listOpenGates(memory)[0]?.gate.gateId;
    const watching = scope.run(() =>
      proxyRunWatch({
        taskQueue: plan.apiTaskQueue,
        summary: gate ? `watch run ${runId}, which waits at gate ${gate}` : `watch run ${runId}`,
      }).awaitRunChange({
        runId,
        lastSeen,
        ageMs: Math.max(0, Date.now() - memory.clocks.phaseStartedAtMs),
        pollSchedule: this.pollSchedule(gate !== undefined),
        faultTimeoutMs: plan.faultTimeoutMs,
        ...(isRequestUnseen(memory) && { reportMissingRequest: true }),
        ...(fault && { faults: fault.faults, delayMs: Math.max(0, this.nextPollAtMs(fault) - Date.now()) }),
        ...(this.isPollRequested && { reportFirstPoll: true }),
        ...((this.isJustRead || this.isConfirmation) && { isJustRead: true }),
      }),
    );
    watching.then(
      (change) => this.setResult(scope, { change }),
      (error: unknown) => this.setResult(scope, { error }),
    );
  }

  /**
   * Ends the watch without waiting. The server drops the attempt that sleeps there. A hint whose poll has no result yet is
   * kept, also by continue-as-new.
   */
  cancel(): void {
    const { scope } = this;
    if (this.isPollRequested) this.memory.isHinted = true;
    this.reset();
    scope?.cancel();
  }

  /** Returns the change once, and ends the watch. @throws the failure of the watch */
  takeResult(): WatchResult {
    const { result, isPollRequested, isConfirmation } = this;
    this.reset();
    if (!result) throw new Error('takeResult was called before the watch had a result');
    if ('error' in result) throw result.error;
    this.isJustRead = isPollRequested && !('faults' in result.change);
    return { change: result.change, isConfirmation };
  }

  private pollSchedule(isAtGate: boolean): PollSchedule {
    if (this.isConfirmation) return [{ intervalMs: this.plan.confirmReadMs }];
    return isAtGate ? [{ intervalMs: this.plan.gatePollIntervalMs }] : this.plan.pollSchedule;
  }

  /** A requested poll is made at once, unless Duvo accepts no poll now. */
  private nextPollAtMs({ nextPollAtMs, notBeforeMs }: KnownFaults): number {
    return this.isPollRequested ? notBeforeMs : nextPollAtMs;
  }

  private reset(): void {
    this.scope = undefined;
    this.result = undefined;
    this.isPollRequested = false;
    this.isJustRead = false;
    this.isConfirmation = false;
  }

  private setResult(scope: CancellationScope, result: { change: RunSnapshot | RunFault } | { error: unknown }): void {
    if (scope === this.scope) this.result = result;
  }
}
