/** The results of a batch's items, and their counts. */
import type { CancelOutcome } from '../runs';

/** `unknown`: the item was or may have been started, and Temporal has deleted what shows how it ended. */
export type ItemStatus = 'completed' | 'failed' | 'canceled' | 'not-started' | 'unknown';

/** The result of one item. */
export interface ItemRow {
  /** Position of the item in the batch, from 0. */
  index: number;
  key?: string;
  status: ItemStatus;
  /** Failure type, such as `Duvo.RunFailed`. */
  type?: string;
  /** Message of the failure, cut at 300 characters. */
  message?: string;
  /** Field of the item, or of the rendered template, that the failure refuses. */
  field?: string;
  /** The agent's last message when its run failed, cut at 300 characters. A text of people: it must not be logged. */
  lastMessage?: string;
  /** Duvo's outcome of the run. An outcome of more than 300 bytes is cut, or left out when it is no text. */
  outcome?: unknown;
  /**
   * The item's workflow has ended, but the run or the case that it started may continue in Duvo, or a call that failed
   * finally may have taken effect before. Neither a retry nor a redrive starts such an item again by itself.
   */
  mayContinue?: true;
  /** Number of attempts; absent when nothing was started. */
  attempts?: number;
  /** Duvo's id of the run, when the item is a run. */
  runId?: string;
  /** Duvo's id of the case, when the item is a case. */
  caseId?: string;
  /** Index of the first item with the same key. Both items share one workflow, and both rows have its result. */
  duplicateOf?: number;
  /** Another batch or `runs.start` started the item's workflow; this batch followed it. */
  alreadyStarted?: true;
  /** Outcome of the cancellation, when the item is canceled. */
  cancel?: CancelOutcome;
}

/** Number of canceled items by the outcome of their cancellation. */
export interface CancelCounts {
  confirmed: number;
  alreadyFinished: number;
  unconfirmed: number;
}

/** Number of items by their result. A duplicate counts with the result of the item that it duplicates. */
export interface BatchTotals {
  completed: number;
  failed: number;
  canceled: number;
  notStarted: number;
  /** Number of items whose end is not known; absent when there is none. */
  unknown?: number;
  /** Number of duplicates among them; absent when there is none. */
  duplicates?: number;
  /** Number of items whose workflow another caller had started; absent when there is none. */
  alreadyStarted?: number;
  /** Outcomes of the cancellations; absent when no item is canceled. */
  cancel?: CancelCounts;
}
