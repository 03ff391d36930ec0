import { sleep, workflowInfo } from '@temporalio/workflow';
import type { BatchTemplate } from '../../../contract/batches/batch-contract';
import { itemInputBytes } from '../../../contract/batches/template';

/** Inputs of items that one workflow task may start. The server accepts 4 MB from a task. */
const MAX_TASK_INPUT_BYTES = 1_000_000;

/** A page with a longer history, caused by retries or long messages, ends and is started again with a new history. */
const MAX_HISTORY_EVENTS = 6_000;
const MAX_HISTORY_BYTES = 10_000_000;

/** Bounds what one workflow task of a page starts: many slots with long inputs are filled in several tasks. */
export class StartBudget {
  private reservedBytes = 0;
  /** Length of the history in the task that reserved the bytes: another length means another task. */
  private taskHistoryLength = 0;

  constructor(private readonly template: BatchTemplate) {}

  /** @returns whether this task may start the item, too; if not, a task after {@link waitForNextTask} may */
  tryReserve(item: unknown): boolean {
    const { historyLength } = workflowInfo();
    if (this.taskHistoryLength !== historyLength) this.reservedBytes = 0;
    this.taskHistoryLength = historyLength;
    const bytes = itemInputBytes(this.template, item);
    if (this.reservedBytes > 0 && this.reservedBytes + bytes > MAX_TASK_INPUT_BYTES) return false;
    this.reservedBytes += bytes;
    return true;
  }

  waitForNextTask(): Promise<void> {
    return sleep(1);
  }
}

/** Whether the history is so long that the page must start no more items. */
export function isHistoryFull(): boolean {
  const { historyLength, historySize } = workflowInfo();
  return historyLength > MAX_HISTORY_EVENTS || historySize > MAX_HISTORY_BYTES;
}
