import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { WorkflowSnapshot } from '../../activities';
import { putRows } from './page-store';
import { pageStoreWorkflowId, type PageState } from '../../contract/batch-contract';
import { runItem } from './item';
import { PageItems } from './page-items';
import {
  addSlots,
  endWithoutSlots,
  nextPage,
  pageBegun,
  type PageInput,
  pageProgress,
  type PageResult,
  pageState,
  setPaused,
  stopPage,
} from './page-messages';
import { pageRevision } from './page-revision';
import { StartBudget } from './start-budget';
import { countTotals } from './batch-totals';

/** Failures are told of at once, but then no more often than this. Milliseconds. */
const MIN_REPORT_INTERVAL_MS = 200;

/** A page whose history is longer, by retries, say, or long messages, ends, and is taken up again. Events, and bytes. */
const MAX_HISTORY_EVENTS = 6_000;
const MAX_HISTORY_BYTES = 10_000_000;

/**
 * Works on one page of a batch: starts its items in their order, as many at a time as it has slots, and hands slots that
 * it has no more use for to the next page. An item is a child that is waited for: however it ends, its slot is free.
 */
export async function batchPage(input: PageInput): Promise<PageResult> {
  return new PageRunner(input).run();
}

class PageRunner {
  private readonly scope = new CancellationScope({ cancellable: true });
  private readonly items: PageItems;
  /** What its former life has left, by item, until it is taken up. */
  private previouslyStarted = new Map<number, WorkflowSnapshot>();
  private next = 0;
  private inFlight = 0;
  private slots: number;
  private paused: boolean;
  private stopped = false;
  private noMoreSlots = false;
  /** It starts nothing more, since its history is long: the rest is for its next life. */
  private isHistoryFull = false;
  private hasRefusedRetry = false;
  private readonly budget: StartBudget;
  private successor?: string;
  private reportedFailures = 0;
  private isReporting = false;
  /** Signals that are under way. */
  private pendingSignals = 0;
  private readonly revision = pageRevision();

  constructor(private readonly input: PageInput) {
    this.items = new PageItems(input);
    this.budget = new StartBudget(input.template);
    this.slots = input.slots;
    this.paused = input.paused;
    if (input.stopped) this.stop(input.stopped === 'canceled');
    setHandler(addSlots, (count) => {
      this.slots += count;
    });
    setHandler(nextPage, (workflowId) => {
      this.successor = workflowId;
    });
    setHandler(setPaused, (paused) => {
      this.paused = paused;
    });
    setHandler(endWithoutSlots, () => {
      this.noMoreSlots = true;
    });
    setHandler(stopPage, ({ cancel }) => this.stop(cancel));
    setHandler(pageState, () => this.state());
  }

  run(): Promise<PageResult> {
    // The batch says what becomes of a page: a cancellation that comes another way only stops it.
    CancellationScope.current().cancelRequested.catch(() => this.stop(true));
    return CancellationScope.nonCancellable(async () => {
      await this.items.load();
      if (this.input.again) this.previouslyStarted = await this.items.findPreviouslyStarted();
      await this.runItems();
      // Slots that are on their way to the next page come back when it is not there.
      await condition(() => !this.isReporting && this.pendingSignals === 0);
      if (this.isStuck() || this.isUnfinished())
        return { totals: countTotals([]), slots: this.slots, unfinished: true };
      await this.items.completeRows();
      return this.result();
    });
  }

  private stop(cancel: boolean): void {
    this.stopped = true;
    if (cancel) this.scope.cancel();
  }

  private async result(): Promise<PageResult> {
    const isStored = await this.storeRows();
    const { rows } = this.items;
    // Slots may have come meanwhile.
    return { totals: this.items.totals(), ...(!isStored && { rows }), slots: this.slots };
  }

  /** @returns whether its store has the rows: items that came with the batch's input have none */
  private async storeRows(): Promise<boolean> {
    const { batchId, page, items } = this.input;
    if (items) return false;
    try {
      await getExternalWorkflowHandle(pageStoreWorkflowId(batchId, page)).signal(putRows, this.items.rows);
      return true;
    } catch (error) {
      // It was ended by force.
      if (patched('rows-without-store')) return false;
      throw error;
    }
  }

  private async runItems(): Promise<void> {
    if (this.slots <= 0) await condition(() => this.slots > 0 || this.stopped || this.isStuck());
    if (this.input.slots <= 0 && this.slots > 0) {
      const told = this.signalBatch((batch) => batch.signal(pageBegun, this.input.page));
      if (this.revision === 1) await told;
    }
    for (;;) {
      this.checkHistoryLimits();
      this.startItems();
      while (this.canStart()) {
        await this.budget.waitForNextTask();
        this.checkHistoryLimits();
        this.startItems();
      }
      if (this.isOver()) return;
      await condition(() => this.canStart() || this.shouldAdoptPrevious() || this.isOver() || this.shouldReport());
      // Not waited for: meanwhile items go on.
      if (this.revision > 1 && this.spareSlots() > 0) void this.handOverSlots();
      if (this.shouldReport()) void this.handOverAndReport();
    }
  }

  /** In one scope for all that it starts, since a scope has its price (see workOn). */
  private startItems(): void {
    void this.scope.run(() => {
      this.startNextItems();
      if (this.stopped) for (const at of [...this.previouslyStarted.keys()]) this.startItem(at);
      return Promise.resolve();
    });
  }

  private startNextItems(): void {
    while (this.canStart() && this.reserveStart(this.next)) this.startItem(this.next);
  }

  private shouldReport(): boolean {
    return this.isReporting
      ? this.revision > 1 && this.spareSlots() > 0
      : this.spareSlots() > 0 || this.hasUnreportedFailures();
  }

  private async handOverAndReport(): Promise<void> {
    this.isReporting = true;
    await this.handOverSlots();
    await this.reportProgress();
    await condition(() => this.isOver(), MIN_REPORT_INTERVAL_MS);
    this.isReporting = false;
  }

  private canStart(): boolean {
    return (
      !this.paused && !this.stopped && !this.isHistoryFull && this.next < this.items.count && this.inFlight < this.slots
    );
  }

  /** What was left must have an end, whatever stops the page. */
  private shouldAdoptPrevious(): boolean {
    return this.stopped && this.previouslyStarted.size > 0;
  }

  private isOver(): boolean {
    const startsNoMore = this.stopped || this.isHistoryFull || this.next >= this.items.count || this.isStuck();
    return this.inFlight === 0 && startsNoMore;
  }

  private isStuck(): boolean {
    return this.noMoreSlots && this.slots <= 0 && !this.stopped && this.next < this.items.count;
  }

  private isUnfinished(): boolean {
    return this.isHistoryFull && !this.stopped && (this.hasRefusedRetry || this.next < this.items.count);
  }

  private checkHistoryLimits(): void {
    const { historyLength, historySize } = workflowInfo();
    this.isHistoryFull ||=
      (historyLength > MAX_HISTORY_EVENTS || historySize > MAX_HISTORY_BYTES) && patched('page-in-parts');
  }

  private reserveStart(at: number): boolean {
    // Of two items with one key only the first one is started.
    return !this.items.isFirstOfKey(at) || this.budget.tryReserve();
  }

  private canRetry(at: number): true | Promise<boolean> {
    this.checkHistoryLimits();
    const isHeld = (this.paused || this.stopped) && patched('no-try-while-paused');
    if (!isHeld && !this.isHistoryFull && this.reserveStart(at)) return true;
    return CancellationScope.nonCancellable(() => this.waitToRetry(at));
  }

  private async waitToRetry(at: number): Promise<boolean> {
    for (;;) {
      await condition(() => !this.paused || this.stopped || this.isHistoryFull);
      if (this.isHistoryFull && !this.stopped) this.hasRefusedRetry = true;
      if (this.isHistoryFull || this.stopped) return false;
      if (this.reserveStart(at)) return true;
      await this.budget.waitForNextTask();
    }
  }

  private hasUnreportedFailures(): boolean {
    return this.input.reportsFailures && this.items.totals().failed > this.reportedFailures;
  }

  /** Slots that it has no use for, and another page has. */
  private spareSlots(): number {
    const isDone = this.stopped || this.isHistoryFull || this.next >= this.items.count;
    return isDone && this.successor ? this.slots - this.inFlight : 0;
  }

  private startItem(at: number): void {
    this.next = Math.max(this.next, at + 1);
    if (!this.items.isFirstOfKey(at)) return this.items.copyRowOfFirst(at);
    const left = this.previouslyStarted.get(at);
    this.previouslyStarted.delete(at);
    this.inFlight++;
    const { input, items, revision } = this;
    const canRetry = () => this.canRetry(at);
    const work = { page: input, revision, item: items.item(at), index: items.batchIndex(at), canRetry, previous: left };
    runItem(work, (row) => {
      items.rows[at] = row;
      this.inFlight--;
      if (revision < 3) return;
      // In the scope that the item was started in.
      this.checkHistoryLimits();
      this.startNextItems();
    });
  }

  private async handOverSlots(): Promise<void> {
    const count = this.spareSlots();
    const { successor } = this;
    if (count <= 0 || !successor) return;
    this.slots -= count;
    this.pendingSignals++;
    try {
      await getExternalWorkflowHandle(successor).signal(addSlots, count);
    } catch {
      // It is not there any more: the batch gives them to another one.
      this.slots += count;
      // Unless the batch has named another one meanwhile.
      if (this.successor === successor || !patched('next-page-meanwhile')) this.successor = undefined;
    }
    this.pendingSignals--;
  }

  private async reportProgress(): Promise<void> {
    const { completed, failed, canceled } = this.items.totals();
    if (!this.input.reportsFailures || failed <= this.reportedFailures) return;
    this.reportedFailures = failed;
    const ended = completed + failed + canceled;
    await this.signalBatch((batch) => batch.signal(pageProgress, { page: this.input.page, ended, failed }));
  }

  private async signalBatch(
    tell: (batch: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
  ): Promise<void> {
    this.pendingSignals++;
    try {
      await tell(getExternalWorkflowHandle(this.input.batchId));
    } catch {
      // A batch that is gone need not be told.
    }
    this.pendingSignals--;
  }

  private state(): PageState {
    const { next, inFlight, slots, paused } = this;
    return { ...this.items.totals(), items: this.items.count, started: next, inFlight, slots, paused };
  }
}
