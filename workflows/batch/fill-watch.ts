import { ApplicationFailure, condition, workflowInfo } from '@temporalio/workflow';
import type { BatchPlan } from '../../contract/batches/batch-input';
import { FailureTypes } from '../../contract/failures';
import { MemoKeys } from '../../contract/names';

/** The client sends a signal at least every ten minutes while it stores items. */
const MAX_SILENCE_MS = 60 * 60_000;

/**
 * Notices that the caller who stores the items has died. Only a batch without a key needs this: any later call with the
 * same key continues a batch that has one, but nobody can continue a batch without one, and it would stay open for ever.
 */
export class FillWatch {
  private lastSignalAt = Date.now();
  private signals = 0;

  applySignal(): void {
    this.lastSignalAt = Date.now();
    this.signals++;
  }

  /** Waits until all items are stored. @returns a failure when the caller was silent for too long */
  async waitForItems({ items, source }: BatchPlan, isFilled: () => boolean): Promise<ApplicationFailure | undefined> {
    const hasKey = workflowInfo().memo?.[MemoKeys.key] !== undefined;
    if (items || source || hasKey || isFilled()) return undefined;
    for (;;) {
      const { signals } = this;
      if (await condition(isFilled, Math.max(1, this.lastSignalAt + MAX_SILENCE_MS - Date.now()))) return undefined;
      // Times are not compared, because they may differ in a replay (timers/due-timer.ts).
      if (this.signals === signals) break;
    }
    const message = 'no item was stored for an hour, and without a key no call can continue this batch';
    return ApplicationFailure.nonRetryable(message, FailureTypes.BatchAbandoned);
  }
}
