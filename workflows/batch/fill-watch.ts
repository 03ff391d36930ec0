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

  applySignal(): void {
    this.lastSignalAt = Date.now();
  }

  /** Waits until all items are stored. @returns a failure when the caller was silent for too long */
  async waitForItems({ items, source }: BatchPlan, isFilled: () => boolean): Promise<ApplicationFailure | undefined> {
    const hasKey = workflowInfo().memo?.[MemoKeys.key] !== undefined;
    if (items || source || hasKey || isFilled()) return undefined;
    for (;;) {
      const { lastSignalAt } = this;
      if (await condition(isFilled, Math.max(1, lastSignalAt + MAX_SILENCE_MS - Date.now()))) return undefined;
      // Only the timer decides: Date.now() may differ in a replay (run/run-timer.ts).
      if (this.lastSignalAt === lastSignalAt) break;
    }
    const message = 'no item was stored for an hour, and without a key no call can continue this batch';
    return ApplicationFailure.nonRetryable(message, FailureTypes.BatchAbandoned);
  }
}
