import { CancellationScope, condition, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import type { WorkflowSnapshot } from '../../../activities';
import { type ItemRow, type PageState, pageStoreWorkflowId } from '../../../contract/batches/batch-contract';
import { endFromFailure } from '../item/item-end';
import { runItem } from '../item/run-item';
import { countTotals } from './batch-totals';
import { FailureReports } from './failure-reports';
import { PageItems } from './page-items';
import {
  addSlots,
  noMoreSlots,
  type PageInput,
  type PageResult,
  pageStarted,
  pageState,
  setPaused,
  setSuccessor,
  stopPage,
} from './page-messages';
import { PageSlots } from './page-slots';
import { storeRows } from './page-store';
import { SignalSender } from './signal-sender';
import { isHistoryFull, StartBudget } from './start-budget';

/**
 * Runs the items of one page of a batch: starts them in order, as many at a time as the page has slots, and hands slots
 * that it no longer needs to the next page. The page awaits each item, so that a slot is free again however the item ends.
 */
export async function batchPage(input: PageInput): Promise<PageResult> {
  return new PageRunner(input).run();
}

class PageRunner {
  /** Cancelled when the batch cancels the items in flight. */
  private readonly itemScope = new CancellationScope({ cancellable: true });
  private readonly signals = new SignalSender();
  private readonly slots: PageSlots;
  private readonly reports: FailureReports;
  private readonly budget: StartBudget;
  private readonly items: PageItems;
  /** Workflows that an earlier run of this page started, by the item's position, until an item adopts them. */
  private previous = new Map<number, WorkflowSnapshot>();
  /** Position of the item to start next. */
  private next = 0;
  private paused: boolean;
  private stopped = false;
  private noSlotsWillCome = false;
  private hasRefusedRetry = false;

  constructor(private readonly input: PageInput) {
    this.slots = new PageSlots(input.slots, this.signals);
    this.reports = new FailureReports(input.batchId, input.page, this.signals);
    this.budget = new StartBudget(input.template);
    this.items = new PageItems(input);
    this.paused = input.paused;
    if (input.stopped) this.stop(input.stopped === 'canceled');
    this.setMessageHandlers();
  }

  run(): Promise<PageResult> {
    // The batch stops its pages by signal. A cancellation that comes another way only stops this page.
    CancellationScope.current().cancelRequested.catch(() => this.stop(true));
    return CancellationScope.nonCancellable(async () => {
      await this.items.load();
      if (this.input.isRestart) this.previous = await this.items.findPreviouslyStarted();
      await this.runItems();
      // Slots that the successor did not receive return and belong to the result.
      await condition(() => this.signals.isIdle);
      if (this.needsRestart()) return { totals: countTotals([]), slots: this.slots.total, needsRestart: true };
      await this.items.completeRows();
      return this.result();
    });
  }

  private setMessageHandlers(): void {
    setHandler(addSlots, (count) => this.slots.add(count));
    setHandler(setSuccessor, (workflowId) => this.slots.setSuccessor(workflowId));
    setHandler(setPaused, (paused) => {
      this.paused = paused;
    });
    setHandler(noMoreSlots, () => {
      this.noSlotsWillCome = true;
    });
    setHandler(stopPage, ({ cancel }) => this.stop(cancel));
    setHandler(pageState, () => this.state());
  }

  private stop(cancel: boolean): void {
    this.stopped = true;
    if (cancel) this.itemScope.cancel();
  }

  private async runItems(): Promise<void> {
    const { slots, reports, input } = this;
    if (slots.total <= 0) await condition(() => slots.total > 0 || this.stopped || this.isStuck());
    // The batch starts the next page ahead when it receives this signal. It knows about slots that it gave itself.
    if (input.slots <= 0 && slots.total > 0) void this.signals.send(input.batchId, pageStarted, input.page);
    for (;;) {
      await this.startItems();
      if (this.isOver()) return;
      await condition(
        () => this.canStart() || this.mustAdopt() || this.isOver() || this.canHandOver() || this.mustReport(),
      );
      if (this.canHandOver()) void slots.handOver();
      if (this.mustReport()) void reports.send(this.items.totals());
    }
  }

  /** Fills the free slots, in as many workflow tasks as the budget of a task requires. */
  private async startItems(): Promise<void> {
    while (this.canStart()) {
      const isWithinBudget = await this.itemScope.run(() => Promise.resolve(this.startWithinBudget()));
      if (!isWithinBudget) await this.budget.waitForNextTask();
    }
    // Items of an earlier run need an end even when this page starts nothing any more.
    if (this.mustAdopt()) await this.itemScope.run(() => Promise.resolve(this.adoptAll()));
  }

  /** @returns false when the budget of this workflow task is used up */
  private startWithinBudget(): boolean {
    while (this.canStart()) {
      const isStarted = this.items.isFirstOfKey(this.next);
      if (isStarted && !this.budget.tryReserve(this.items.item(this.next))) return false;
      this.startItem(this.next++);
    }
    return true;
  }

  private adoptAll(): void {
    for (const at of [...this.previous.keys()]) this.startItem(at);
  }

  /** Starts an item in the current cancellation scope. */
  private startItem(at: number): void {
    const { items, input, slots } = this;
    if (!items.isFirstOfKey(at)) return items.copyRowOfFirst(at);
    const previous = this.previous.get(at);
    this.previous.delete(at);
    const index = items.batchIndex(at);
    slots.inFlight++;
    const end = (row: ItemRow): void => {
      items.rows[at] = row;
      slots.inFlight--;
    };
    const item = items.item(at);
    const canRetry = () => this.canRetry(item);
    const task = { context: input, item, index, digest: items.digest(at), canRetry };
    runItem({ ...task, previous }).then(end, (error: unknown) =>
      end({ index, ...endFromFailure(error, input.template) }),
    );
  }

  /** Waits while the page is paused. Resolves to false when the page starts no more attempts. */
  private canRetry(item: unknown): Promise<boolean> {
    return CancellationScope.nonCancellable(() => this.waitToRetry(item));
  }

  private async waitToRetry(item: unknown): Promise<boolean> {
    for (;;) {
      await condition(() => !this.paused || this.stopped || isHistoryFull());
      if (this.stopped) return false;
      if (isHistoryFull()) {
        this.hasRefusedRetry = true;
        return false;
      }
      if (this.budget.tryReserve(item)) return true;
      await this.budget.waitForNextTask();
    }
  }

  private canStart(): boolean {
    return !this.paused && !this.hasNothingToStart() && this.slots.hasFree;
  }

  private hasNothingToStart(): boolean {
    return this.stopped || this.next >= this.items.count || isHistoryFull();
  }

  private mustAdopt(): boolean {
    return this.stopped && this.previous.size > 0;
  }

  private isOver(): boolean {
    return this.slots.inFlight === 0 && !this.mustAdopt() && (this.hasNothingToStart() || this.isStuck());
  }

  /** The page waits for slots that a dead page took with it. */
  private isStuck(): boolean {
    return this.noSlotsWillCome && this.slots.total <= 0 && !this.stopped && this.next < this.items.count;
  }

  private needsRestart(): boolean {
    const isUnfinished = !this.stopped && (this.hasRefusedRetry || this.next < this.items.count);
    return this.isStuck() || (isUnfinished && isHistoryFull());
  }

  private canHandOver(): boolean {
    return this.hasNothingToStart() && this.slots.transferable > 0;
  }

  private mustReport(): boolean {
    return this.input.reportFailures && this.reports.isDue(this.items.totals());
  }

  private async result(): Promise<PageResult> {
    const isStored = await this.storeRows();
    const { rows } = this.items;
    // Slots may have arrived while the rows were stored.
    return { totals: this.items.totals(), ...(!isStored && { rows }), slots: this.slots.total };
  }

  /** @returns whether the page's store holds the rows; a page whose items came with the batch's input has no store */
  private async storeRows(): Promise<boolean> {
    const { batchId, page, items } = this.input;
    if (items) return false;
    try {
      await getExternalWorkflowHandle(pageStoreWorkflowId(batchId, page)).signal(storeRows, this.items.rows);
      return true;
    } catch {
      // Somebody terminated the store: the rows go into the page's result.
      return false;
    }
  }

  private state(): PageState {
    const { next, paused, slots } = this;
    return {
      ...this.items.totals(),
      items: this.items.count,
      itemsStarted: next,
      itemsInFlight: slots.inFlight,
      slots: slots.total,
      paused,
    };
  }
}
