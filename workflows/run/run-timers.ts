import { MAX_STALE_END_MS, MAX_STALE_REQUEST_MS, type RunPlan } from '../../contract/run-plan';
import { findGateTimes } from '../gates/changes/gate-times';
import { markStaleRequestOver } from '../gates/delivery-state';
import { type GateRecord, listOpenGates, markOverdue } from '../gates/gate-book';
import type { GateTime } from '../gates/gate-types';
import { type Due, DueTimers } from '../timers/due-timer';
import { clocksAt, type RunMemory } from './run-machine';
import { applyPreviousEndOver } from './state/previous-end';
import { findGateOfRequest, shownUntilMs } from './state/shown-request';

/** The timers of a run: one for each thing that may become due in its state (timers/due-timer.ts). */
export class RunTimers {
  /** Number of timers that have fired. */
  firedCount = 0;
  private readonly timers = new DueTimers();

  /** @param onDeadline called when the deadline passes */
  constructor(
    private readonly plan: RunPlan,
    private readonly memory: RunMemory,
    private readonly onDeadline: () => void,
  ) {}

  /** Starts the timers that the state needs, and cancels all others. It must be called whenever the state has changed. */
  update(): void {
    const dues = new Map<object, Due>();
    for (const [subject, atMs, apply] of this.listDues())
      dues.set(subject, {
        atMs,
        apply: () => {
          this.firedCount++;
          apply();
        },
      });
    this.timers.update(dues);
  }

  /** Whether the deadline has passed. The time of people does not count. */
  get hasDeadlinePassed(): boolean {
    return this.timers.hasFired(this.plan);
  }

  /** Returns the milliseconds that are left for queue and agent together; `undefined` when no deadline counts now. */
  deadlineLeftMs(): number | undefined {
    const { deadlineMs } = this.plan;
    if (deadlineMs === undefined || this.memory.clocks.phase === 'human') return undefined;
    const { queuedMs, agentMs } = clocksAt(this.memory, Date.now());
    return deadlineMs - queuedMs - agentMs;
  }

  private *listDues(): Iterable<[object, number, () => void]> {
    const { plan, memory } = this;
    const leftMs = this.deadlineLeftMs();
    // After the end of the run no time counts, but a deadline that has passed before stays so.
    if (leftMs !== undefined && (memory.clocks.phase !== 'done' || this.hasDeadlinePassed))
      yield [plan, Date.now() + leftMs, this.onDeadline];
    const { previousEnd } = memory;
    if (previousEnd && !previousEnd.isOver)
      yield [previousEnd, previousEnd.sinceMs + MAX_STALE_END_MS, () => this.applyPreviousEndOver(previousEnd)];
    const shown = findGateOfRequest(memory, memory.lastSeen.requestId);
    const untilMs = shown?.gate.status === 'closed' && !memory.isClosed ? shownUntilMs(shown) : undefined;
    // A watch that runs would not return the request, because it has seen the request before.
    if (shown && untilMs !== undefined) yield [shown, untilMs, () => (memory.isHinted = true)];
    for (const record of listOpenGates(memory)) {
      for (const time of findGateTimes(memory, record, markOverdue).keys())
        yield [time, time.atMs, () => this.applyGateTime(record, time)];
      const { acceptedAnswer: answer } = record;
      if (answer?.sentUntilMs !== undefined)
        yield [answer, answer.sentUntilMs + MAX_STALE_REQUEST_MS, () => markStaleRequestOver(answer)];
    }
  }

  private applyPreviousEndOver(previousEnd: RunMemory['previousEnd']): void {
    // Another message may have been sent since, whose previous end has a timer of its own.
    if (this.memory.previousEnd !== previousEnd) return;
    applyPreviousEndOver(this.memory);
    // A watch that runs would not return the end, because it has seen the end before.
    this.memory.isHinted = true;
  }

  private applyGateTime(record: GateRecord, time: GateTime): void {
    // An answer may have closed the gate, or an admin may have moved the time, in the same workflow task.
    findGateTimes(this.memory, record, markOverdue).get(time)?.(Date.now());
  }
}
