import { patched, sleep, workflowInfo } from '@temporalio/workflow';
import type { BatchTemplate } from './contract';

/** What one workflow task may start: the server takes 4 MB from it. Bytes. */
const MOST = 1_000_000;

/** A wide window of long messages is started in parts, each in a workflow task of its own. */
export class StartBudget {
  private spent = 0;
  /** The length of the history tells one task from the next. */
  private task = 0;
  private readonly templateBytes: number;

  constructor(template: BatchTemplate) {
    this.templateBytes = bytesOf(template);
  }

  /** @returns whether the item may be started in this task; when it may not, it may after {@link nextTask} */
  take(item: unknown): boolean {
    const { historyLength } = workflowInfo();
    if (this.task !== historyLength) this.spent = 0;
    this.task = historyLength;
    // What a template makes of an item is no more than a few times as long.
    const bytes = this.templateBytes + 2 * bytesOf(item);
    if (this.spent > 0 && this.spent + bytes > MOST && patched('starts-in-parts')) return false;
    this.spent += bytes;
    return true;
  }

  nextTask(): Promise<void> {
    return sleep(1);
  }
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
