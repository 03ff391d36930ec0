import { CancellationScope, condition, sleep } from '@temporalio/workflow';

/**
 * The timers of a run's loop. They decide what is due, because `Date.now()` alone does not replay: a worker without the
 * workflow in its cache that gets a query also applies the events which no workflow task has handled. It applies them at the
 * time of the last task, and a replay applies them at the time of the task that follows. A timer that fired is in the
 * history, so the time for which it was set has passed in both.
 */
export class RunTimer {
  private passedMs = 0;

  /** Returns the workflow's time, which is not before the time for which the last timer was set. */
  nowMs(): number {
    return Math.max(Date.now(), this.passedMs);
  }

  /** Records that a timer which was set elsewhere, for this time, has fired. */
  markPassed(timeMs: number): void {
    this.passedMs = Math.max(this.passedMs, timeMs);
  }

  /** Whether a timer that was set for this time, or for a later one, has fired. */
  hasPassed(timeMs: number): boolean {
    return timeMs <= this.passedMs;
  }

  /**
   * Waits until the predicate is true, or a timer fires at this time: at once for a time in the past, and never for Infinity.
   *
   * @returns whether the timer has fired
   */
  async waitUntil(timeMs: number, predicate: () => boolean): Promise<boolean> {
    let hasFired = false;
    await CancellationScope.cancellable(async () => {
      const waits = [condition(predicate)];
      if (timeMs !== Infinity)
        waits.push(
          sleep(Math.max(1, timeMs - this.nowMs())).then(() => {
            hasFired = true;
            this.markPassed(timeMs);
          }),
        );
      try {
        await Promise.race(waits);
      } finally {
        CancellationScope.current().cancel();
      }
    });
    return hasFired;
  }
}
