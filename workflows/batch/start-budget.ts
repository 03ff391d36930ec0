import { patched, sleep, workflowInfo } from '@temporalio/workflow';
import type { BatchTemplate } from '../../contract/batch-contract';

/**
 * How much of templates one workflow task may start: the server takes 4 MB from it, and the items themselves are one page at
 * most. Bytes.
 */
const MAX_TASK_TEMPLATE_BYTES = 1_000_000;

/** A wide window of long messages is started in parts, each in a workflow task of its own. */
export class StartBudget {
  private reservedBytes = 0;
  /** The length of the history tells one task from the next. */
  private taskHistoryLength = 0;
  private readonly templateBytes: number;

  constructor(template: BatchTemplate) {
    this.templateBytes = new TextEncoder().encode(JSON.stringify(template)).length;
  }

  /** @returns whether one more item may be started in this task; when it may not, it may after {@link waitForNextTask} */
  tryReserve(): boolean {
    const { historyLength } = workflowInfo();
    if (this.taskHistoryLength !== historyLength) this.reservedBytes = 0;
    this.taskHistoryLength = historyLength;
    if (
      this.reservedBytes > 0 &&
      this.reservedBytes + this.templateBytes > MAX_TASK_TEMPLATE_BYTES &&
      patched('starts-in-parts')
    )
      return false;
    this.reservedBytes += this.templateBytes;
    return true;
  }

  waitForNextTask(): Promise<void> {
    return sleep(1);
  }
}
