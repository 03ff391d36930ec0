import type { SignalSender } from './signal-sender';
import { addSlots } from './page-messages';

/**
 * The slots of a page: how many items it may have in flight. The concurrency of a batch is the sum of its pages' slots.
 * A page hands slots that it cannot use to its successor, the page that starts items next.
 */
export class PageSlots {
  inFlight = 0;
  /** Workflow id of the page that takes over unused slots. */
  private successor?: string;

  /** @param total below 0 after a reduction of the concurrency: the page returns that many slots before it starts items */
  constructor(
    public total: number,
    private readonly signals: SignalSender,
  ) {}

  get hasFree(): boolean {
    return this.inFlight < this.total;
  }

  add(count: number): void {
    this.total += count;
  }

  setSuccessor(workflowId: string): void {
    this.successor = workflowId;
  }

  /** Slots that could go to the successor, once this page starts no more items. */
  get transferable(): number {
    return this.successor ? Math.max(0, this.total - this.inFlight) : 0;
  }

  /** Sends all free slots to the successor. They return when the successor has ended: the batch then names another one. */
  async handOver(): Promise<void> {
    const { transferable: count, successor } = this;
    if (count === 0 || !successor) return;
    this.total -= count;
    if (await this.signals.send(successor, addSlots, count)) return;
    this.total += count;
    // The batch may have named another successor while the signal was in flight.
    if (this.successor === successor) this.successor = undefined;
  }
}
