/** Workflows that the batches of the tests start. */
import { ApplicationFailure, condition, defineSignal, setHandler, sleep } from '@temporalio/workflow';
import { type BatchInput, type BatchResult, runBatch } from '../../../workflows/batch';

export interface TestItem {
  n: number;
  /** Whether the item fails in every attempt. */
  fails?: boolean;
  /** Message of the failure with which the item fails in every attempt. */
  failsWith?: string;
  /** Whether the item waits for the signal `goOn`. */
  waits?: boolean;
  /** Duration of the item, in milliseconds. */
  takes?: number;
}

export const continueItemSignal = defineSignal('goOn');

export async function testItem({ n, fails, failsWith, waits, takes }: TestItem): Promise<number> {
  let canContinue = false;
  setHandler(continueItemSignal, () => {
    canContinue = true;
  });
  if (takes) await sleep(takes);
  if (waits) await condition(() => canContinue);
  if (fails || failsWith) throw ApplicationFailure.nonRetryable(failsWith ?? 'it fails', 'TestItemFailed');
  return n;
}

export async function parentOfBatch(input: BatchInput): Promise<BatchResult & { batchId: string }> {
  return runBatch(input);
}
