import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  getExternalWorkflowHandle,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../activities';
import { CALL } from '../duvo-activities';
import type { BatchPlan } from './batch-input';
import { putRows, type StoredItems } from './batch-items';
import { BatchQueries, type BatchTotals, type ItemRow, itemsWorkflowId, type PageState } from './contract';
import { workOn } from './item';
import { totalsOf } from './totals';

export interface PageInput extends Pick<BatchPlan, 'template' | 'keyField' | 'attempts' | 'apiTaskQueue' | 'priority'> {
  batchId: string;
  /** From 1. */
  page: number;
  /** Without them they are read from the page's store. */
  items?: unknown[];
  /** How many items it may have under way, to begin with. */
  slots: number;
  paused: boolean;
  /** Whether the batch has to hear of failures while the page is under way. */
  reportsFailures: boolean;
}

export interface PageResult {
  totals: BatchTotals;
  /** Of a page without a store; else it keeps them. */
  rows?: ItemRow[];
  /** Slots that it still held: below 0, what it owes. */
  slots: number;
}

/** To a page. */
export const addSlots = defineSignal<[number]>('addSlots');
/** The page that takes over its slots when it has nothing more to start. */
export const nextPage = defineSignal<[string]>('nextPage');
export const setPaused = defineSignal<[boolean]>('setPaused');
/** Starts nothing more; `cancel` also cancels what is under way. */
export const stopPage = defineSignal<[{ cancel: boolean }]>('stopPage');
export const pageState = defineQuery<PageState>(BatchQueries.pageState);
/** From a page to its batch. */
export const pageBegun = defineSignal<[number]>('pageBegun');
export const pageProgress = defineSignal<[{ page: number; ended: number; failed: number }]>('pageProgress');

/** Slots are handed over, and failures told of, at once, but then no more often than this. Milliseconds. */
const PAUSE = 200;

/**
 * Works on one page of a batch: starts its items in their order, as many at a time as it has slots, and hands slots that
 * it has no more use for to the next page. An item is a child that is waited for: however it ends, its slot is free.
 */
export async function batchPage(input: PageInput): Promise<PageResult> {
  return new Page(input).run();
}

class Page {
  private readonly rows: ItemRow[] = [];
  private readonly scope = new CancellationScope({ cancellable: true });
  private items: unknown[] = [];
  private first = 0;
  private next = 0;
  private inFlight = 0;
  private slots: number;
  private paused: boolean;
  private stopped = false;
  private successor?: string;
  private told = 0;
  private telling = false;

  constructor(private readonly input: PageInput) {
    this.slots = input.slots;
    this.paused = input.paused;
    setHandler(addSlots, (count) => {
      this.slots += count;
    });
    setHandler(nextPage, (workflowId) => {
      this.successor = workflowId;
    });
    setHandler(setPaused, (paused) => {
      this.paused = paused;
    });
    setHandler(stopPage, ({ cancel }) => {
      this.stopped = true;
      if (cancel) this.scope.cancel();
    });
    setHandler(pageState, () => this.state());
  }

  run(): Promise<PageResult> {
    // The batch says what becomes of a page: a cancellation that comes another way only stops it.
    CancellationScope.current().cancelRequested.catch(() => {
      this.stopped = true;
      this.scope.cancel();
    });
    return CancellationScope.nonCancellable(async () => {
      await this.load();
      await this.work();
      // Slots that are on their way to the next page come back when it is not there.
      await condition(() => !this.telling);
      for (; this.next < this.items.length; this.next++) {
        this.rows[this.next] = { index: this.first + this.next, status: 'not-started' };
      }
      return this.result();
    });
  }

  private async result(): Promise<PageResult> {
    const { batchId, page, items } = this.input;
    if (items) return { totals: this.totals(), rows: this.rows, slots: this.slots };
    await getExternalWorkflowHandle(itemsWorkflowId(batchId, page)).signal(putRows, this.rows);
    // Slots may have come meanwhile.
    return { totals: this.totals(), slots: this.slots };
  }

  private async load(): Promise<void> {
    const { batchId, page, apiTaskQueue, items } = this.input;
    const { readBatchPage } = proxyActivities<DuvoActivities>({
      ...CALL,
      taskQueue: apiTaskQueue,
      summary: `read page ${page}`,
    });
    const stored: StoredItems = items
      ? { first: 0, items }
      : await readBatchPage({ workflowId: itemsWorkflowId(batchId, page) });
    this.first = stored.first;
    this.items = stored.items;
  }

  private async work(): Promise<void> {
    if (this.slots <= 0) await condition(() => this.slots > 0 || this.stopped);
    if (this.input.slots <= 0 && this.slots > 0)
      await this.tellBatch((batch) => batch.signal(pageBegun, this.input.page));
    for (;;) {
      while (this.canStart()) this.start();
      if (this.inFlight === 0 && (this.stopped || this.next >= this.items.length)) return;
      await condition(() => this.canStart() || this.isOver() || (this.hasNews() && !this.telling));
      if (this.hasNews() && !this.telling) void this.tell();
    }
  }

  /** Not waited for: meanwhile items go on. */
  private async tell(): Promise<void> {
    this.telling = true;
    await this.handOver();
    await this.report();
    await condition(() => this.isOver(), PAUSE);
    this.telling = false;
  }

  private canStart(): boolean {
    return !this.paused && !this.stopped && this.next < this.items.length && this.inFlight < this.slots;
  }

  private isOver(): boolean {
    return this.inFlight === 0 && (this.stopped || this.next >= this.items.length);
  }

  private hasNews(): boolean {
    return this.spare() > 0 || (this.input.reportsFailures && this.totals().failed > this.told);
  }

  /** Slots that it has no use for, and another page has. */
  private spare(): number {
    const isDone = this.stopped || this.next >= this.items.length;
    return isDone && this.successor ? this.slots - this.inFlight : 0;
  }

  private start(): void {
    const at = this.next++;
    this.inFlight++;
    void this.scope
      .run(() => workOn(this.input, this.items[at], this.first + at))
      .then((row) => {
        this.rows[at] = row;
        this.inFlight--;
      });
  }

  private async handOver(): Promise<void> {
    const count = this.spare();
    if (count <= 0 || !this.successor) return;
    this.slots -= count;
    try {
      await getExternalWorkflowHandle(this.successor).signal(addSlots, count);
    } catch {
      // It is not there any more: the batch gives them to another one.
      this.slots += count;
      this.successor = undefined;
    }
  }

  private async report(): Promise<void> {
    const { completed, failed, canceled } = this.totals();
    if (!this.input.reportsFailures || failed <= this.told) return;
    this.told = failed;
    const ended = completed + failed + canceled;
    await this.tellBatch((batch) => batch.signal(pageProgress, { page: this.input.page, ended, failed }));
  }

  private async tellBatch(tell: (batch: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>): Promise<void> {
    try {
      await tell(getExternalWorkflowHandle(this.input.batchId));
    } catch {
      // A batch that is gone need not be told.
    }
  }

  private totals(): BatchTotals {
    return totalsOf(this.rows);
  }

  private state(): PageState {
    const { next, inFlight, slots, paused } = this;
    return { ...this.totals(), items: this.items.length, started: next, inFlight, slots, paused };
  }
}
