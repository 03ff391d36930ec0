import { CancellationScope, sleep } from '@temporalio/workflow';

/**
 * A timer that decides whether something is due. `Date.now()` must not decide that, because it may differ in a replay: a
 * worker that gets a query also applies the events which no workflow task has handled. It applies them at the time of the last
 * task, and a replay applies them at the time of the task that follows. The history records that a timer has fired.
 *
 * A replay does not compare the duration of a timer, so the duration may come from the clock. Two times that come from the
 * clock may have the opposite order in a replay, so each thing that may become due has a timer of its own.
 */
export class DueTimer {
  private readonly scope = new CancellationScope({ cancellable: true });
  private isFired = false;

  /** Starts the timer. It fires at once when the time, in workflow time, is in the past. */
  constructor(timeMs: number, onFired: () => void = () => undefined) {
    const sleeping = this.scope.run(() => sleep(Math.max(1, timeMs - Date.now())));
    sleeping.then(
      () => {
        this.isFired = true;
        onFired();
      },
      () => undefined,
    );
  }

  get hasFired(): boolean {
    return this.isFired;
  }

  cancel(): void {
    this.scope.cancel();
  }
}

/** Something that may become due, and its effect. */
export interface Due {
  /** In workflow time. */
  atMs: number;
  apply?: () => void;
}

/** A timer for each thing that may become due. The things are objects, which identify the timers. */
export class DueTimers {
  private readonly timers = new Map<object, DueTimer>();

  /** Starts the timers of new things, and cancels those of all others. A cancellation of the workflow cancels no timer. */
  update(dues: Map<object, Due>): void {
    for (const [subject, timer] of this.timers) {
      if (dues.has(subject)) continue;
      timer.cancel();
      this.timers.delete(subject);
    }
    void CancellationScope.nonCancellable(() => {
      for (const [subject, { atMs, apply }] of dues)
        if (!this.timers.has(subject)) this.timers.set(subject, new DueTimer(atMs, apply));
      return Promise.resolve();
    });
  }

  hasFired(subject: object): boolean {
    return this.timers.get(subject)?.hasFired === true;
  }
}
