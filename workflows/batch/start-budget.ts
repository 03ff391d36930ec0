import { patched, sleep, workflowInfo } from '@temporalio/workflow';
import type { BatchTemplate } from '../../contract/batch-contract';

/**
 * How much of templates one workflow task may start: the server takes 4 MB from it, and the items themselves are one page at
 * most. Bytes.
 */
const MOST = 1_000_000;

/** A wide window of long messages is started in parts, each in a workflow task of its own. */
export class StartBudget {
  private spent = 0;
  /** The length of the history tells one task from the next. */
  private task = 0;
  private readonly templateBytes: number;

  constructor(template: BatchTemplate) {
    this.templateBytes = new TextEncoder().encode(JSON.stringify(template)).length;
  }

  /** @returns whether one more item may be started in this task; when it may not, it may after {@link nextTask} */
  take(): boolean {
    const { historyLength } = workflowInfo();
    if (this.task !== historyLength) this.spent = 0;
    this.task = historyLength;
    if (this.spent > 0 && this.spent + this.templateBytes > MOST && patched('starts-in-parts')) return false;
    this.spent += this.templateBytes;
    return true;
  }

  nextTask(): Promise<void> {
    return sleep(1);
  }
}
