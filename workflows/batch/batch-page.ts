import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { WorkflowLook } from '../../activities';
import { putRows } from './batch-items';
import { itemsWorkflowId, type PageState } from '../../contract/batch-contract';
import { workOn } from './item';
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
import { totalsOf } from './totals';

/** Failures are told of at once, but then no more often than this. Milliseconds. */
const PAUSE = 200;

/** A page whose history is longer, by retries, say, or long messages, ends, and is taken up again. Events, and bytes. */
const LONGEST = 6_000;
const LARGEST = 10_000_000;

/**
 * Works on one page of a batch: starts its items in their order, as many at a time as it has slots, and hands slots that
 * it has no more use for to the next page. An item is a child that is waited for: however it ends, its slot is free.
 */
export async function batchPage(input: PageInput): Promise<PageResult> {
  return new Page(input).run();
}

class Page {
  private readonly scope = new CancellationScope({ cancellable: true });
  private readonly items: PageItems;
  /** What its former life has left, by item, until it is taken up. */
  private left = new Map<number, WorkflowLook>();
  private next = 0;
  private inFlight = 0;
  private slots: number;
  private paused: boolean;
  private stopped = false;
  private noSlotsWillCome = false;
  /** It starts nothing more, since its history is long: the rest is for its next life. */
  private isLong = false;
  private hasRefusedTry = false;
  private readonly budget: StartBudget;
  private successor?: string;
  private told = 0;
  private telling = false;
  /** Signals that are under way. */
  private unheard = 0;
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
      this.noSlotsWillCome = true;
    });
    setHandler(stopPage, ({ cancel }) => this.stop(cancel));
    setHandler(pageState, () => this.state());
  }

  run(): Promise<PageResult> {
    // The batch says what becomes of a page: a cancellation that comes another way only stops it.
    CancellationScope.current().cancelRequested.catch(() => this.stop(true));
    return CancellationScope.nonCancellable(async () => {
      await this.items.load();
      if (this.input.again) this.left = await this.items.findStarted();
      await this.work();
      // Slots that are on their way to the next page come back when it is not there.
      await condition(() => !this.telling && this.unheard === 0);
      if (this.isStuck() || this.isUnfinished()) return { totals: totalsOf([]), slots: this.slots, unfinished: true };
      await this.items.complete();
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
      await getExternalWorkflowHandle(itemsWorkflowId(batchId, page)).signal(putRows, this.items.rows);
      return true;
    } catch (error) {
      // It was ended by force.
      if (patched('rows-without-store')) return false;
      throw error;
    }
  }

  private async work(): Promise<void> {
    if (this.slots <= 0) await condition(() => this.slots > 0 || this.stopped || this.isStuck());
    if (this.input.slots <= 0 && this.slots > 0) {
      const told = this.tellBatch((batch) => batch.signal(pageBegun, this.input.page));
      if (this.revision === 1) await told;
    }
    for (;;) {
      this.lookAtHistory();
      this.startSome();
      while (this.canStart()) {
        await this.budget.nextTask();
        this.lookAtHistory();
        this.startSome();
      }
      if (this.isOver()) return;
      await condition(() => this.canStart() || this.mustTakeUp() || this.isOver() || this.mustTell());
      // Not waited for: meanwhile items go on.
      if (this.revision > 1 && this.spare() > 0) void this.handOver();
      if (this.mustTell()) void this.tell();
    }
  }

  /** In one scope for all that it starts, since a scope has its price (see workOn). */
  private startSome(): void {
    void this.scope.run(() => {
      this.startNext();
      if (this.stopped) for (const at of [...this.left.keys()]) this.start(at);
      return Promise.resolve();
    });
  }

  private startNext(): void {
    while (this.canStart() && this.isWithinBudget(this.next)) this.start(this.next);
  }

  private mustTell(): boolean {
    return this.telling ? this.revision > 1 && this.spare() > 0 : this.spare() > 0 || this.hasFailures();
  }

  private async tell(): Promise<void> {
    this.telling = true;
    await this.handOver();
    await this.report();
    await condition(() => this.isOver(), PAUSE);
    this.telling = false;
  }

  private canStart(): boolean {
    return !this.paused && !this.stopped && !this.isLong && this.next < this.items.count && this.inFlight < this.slots;
  }

  /** What was left must have an end, whatever stops the page. */
  private mustTakeUp(): boolean {
    return this.stopped && this.left.size > 0;
  }

  private isOver(): boolean {
    const startsNoMore = this.stopped || this.isLong || this.next >= this.items.count || this.isStuck();
    return this.inFlight === 0 && startsNoMore;
  }

  private isStuck(): boolean {
    return this.noSlotsWillCome && this.slots <= 0 && !this.stopped && this.next < this.items.count;
  }

  private isUnfinished(): boolean {
    return this.isLong && !this.stopped && (this.hasRefusedTry || this.next < this.items.count);
  }

  private lookAtHistory(): void {
    const { historyLength, historySize } = workflowInfo();
    this.isLong ||= (historyLength > LONGEST || historySize > LARGEST) && patched('page-in-parts');
  }

  private isWithinBudget(at: number): boolean {
    // Of two items with one key only the first one is started.
    return !this.items.isFirst(at) || this.budget.take();
  }

  private mayTryAgain(at: number): true | Promise<boolean> {
    this.lookAtHistory();
    const isHeld = (this.paused || this.stopped) && patched('no-try-while-paused');
    if (!isHeld && !this.isLong && this.isWithinBudget(at)) return true;
    return CancellationScope.nonCancellable(() => this.tryLater(at));
  }

  private async tryLater(at: number): Promise<boolean> {
    for (;;) {
      await condition(() => !this.paused || this.stopped || this.isLong);
      if (this.isLong && !this.stopped) this.hasRefusedTry = true;
      if (this.isLong || this.stopped) return false;
      if (this.isWithinBudget(at)) return true;
      await this.budget.nextTask();
    }
  }

  private hasFailures(): boolean {
    return this.input.reportsFailures && this.items.totals().failed > this.told;
  }

  /** Slots that it has no use for, and another page has. */
  private spare(): number {
    const isDone = this.stopped || this.isLong || this.next >= this.items.count;
    return isDone && this.successor ? this.slots - this.inFlight : 0;
  }

  private start(at: number): void {
    this.next = Math.max(this.next, at + 1);
    if (!this.items.isFirst(at)) return this.items.repeat(at);
    const left = this.left.get(at);
    this.left.delete(at);
    this.inFlight++;
    const { input, items, revision } = this;
    const mayTryAgain = () => this.mayTryAgain(at);
    const work = { page: input, revision, item: items.item(at), index: items.index(at), mayTryAgain, left };
    workOn(work, (row) => {
      items.rows[at] = row;
      this.inFlight--;
      if (revision < 3) return;
      // In the scope that the item was started in.
      this.lookAtHistory();
      this.startNext();
    });
  }

  private async handOver(): Promise<void> {
    const count = this.spare();
    const { successor } = this;
    if (count <= 0 || !successor) return;
    this.slots -= count;
    this.unheard++;
    try {
      await getExternalWorkflowHandle(successor).signal(addSlots, count);
    } catch {
      // It is not there any more: the batch gives them to another one.
      this.slots += count;
      // Unless the batch has named another one meanwhile.
      if (this.successor === successor || !patched('next-page-meanwhile')) this.successor = undefined;
    }
    this.unheard--;
  }

  private async report(): Promise<void> {
    const { completed, failed, canceled } = this.items.totals();
    if (!this.input.reportsFailures || failed <= this.told) return;
    this.told = failed;
    const ended = completed + failed + canceled;
    await this.tellBatch((batch) => batch.signal(pageProgress, { page: this.input.page, ended, failed }));
  }

  private async tellBatch(tell: (batch: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>): Promise<void> {
    this.unheard++;
    try {
      await tell(getExternalWorkflowHandle(this.input.batchId));
    } catch {
      // A batch that is gone need not be told.
    }
    this.unheard--;
  }

  private state(): PageState {
    const { next, inFlight, slots, paused } = this;
    return { ...this.items.totals(), items: this.items.count, started: next, inFlight, slots, paused };
  }
}
