import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  makeContinueAsNewFunc,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertMemo,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../activities';
import { CALL } from '../duvo-activities';
import { type BatchPlan, planBatch, width as checkWidth } from './batch-input';
import {
  addSlots,
  type batchPage,
  nextPage,
  pageBegun,
  type PageInput,
  pageProgress,
  type PageResult,
  setPaused,
  stopPage,
  totalsOf,
} from './batch-page';
import {
  BATCH_MEMO,
  BATCH_PAGE,
  type BatchInput,
  BatchQueries,
  type BatchResult,
  BatchSignals,
  type BatchState,
  type BatchTotals,
  BatchUpdates,
  type PagesAdded,
  pageWorkflowId,
} from './contract';

export const pagesAdded = defineSignal<[PagesAdded]>(BatchSignals.pagesAdded);
export const pause = defineSignal(BatchSignals.pause);
export const resume = defineSignal(BatchSignals.resume);
export const setWidth = defineUpdate<number, [{ width: number }]>(BatchUpdates.setWidth);
export const batchState = defineQuery<BatchState>(BatchQueries.batchState);
export const batchInput = defineQuery<BatchInput>(BatchQueries.batchInput);

/** What continue-as-new carries: plain JSON. No page is under way then. */
export interface BatchMemory {
  width: number;
  paused: boolean;
  sealed: boolean;
  /** Pages, and items in them, that are stored so far. */
  pages: number;
  items: number;
  /** The page to start next, from 1. */
  next: number;
  /** Pages that died and have to be taken up again, with how often they died. */
  again: { page: number; deaths: number }[];
  done: number;
  totals: BatchTotals;
}

interface ActivePage {
  /** Absent until it has started. */
  handle?: ChildWorkflowHandle<typeof batchPage>;
  begun: boolean;
  successor?: number;
  /** What it was told last. */
  paused: boolean;
  stopped?: BatchResult['stopped'];
  ended: number;
  failed: number;
}

/** A page that dies so often is not killed by accident. */
const MOST_DEATHS = 5;

/**
 * A batch: many items, each a run, a workflow or a case of its own, at most `width` of them at one time. It only knows
 * pages; the pages know their items. So no history grows with the batch: this one by some thirty events a page.
 *
 * Slots go from page to page (batch-page.ts): one page is always started ahead, so that the window does not dip at a
 * page's end. What a page still holds at its end comes back here, and goes to the next that can use it.
 */
export async function batch(input: BatchInput, carried?: BatchMemory): Promise<BatchResult> {
  return new Batch(input, planBatch(input), carried).run();
}

class Batch {
  private readonly memory: BatchMemory;
  private readonly active = new Map<number, ActivePage>();
  /** Slots that no page holds; below 0 what a lower width has yet to take from the pages. */
  private free: number;
  private stopped?: BatchResult['stopped'];
  /** A page died with slots that nobody knows the number of: none is started until all others have given theirs back. */
  private draining = false;
  private broken?: ApplicationFailure;
  /** The length of the history when the server first suggested to continue as new. */
  private suggestedAt?: number;
  /** Counts what has happened, so that the loop sees that something has. */
  private news = 0;

  constructor(
    private readonly input: BatchInput,
    private readonly plan: BatchPlan,
    carried?: BatchMemory,
  ) {
    const items = plan.items?.length ?? 0;
    this.memory = carried ?? {
      width: plan.width,
      paused: false,
      sealed: plan.items !== undefined,
      pages: items > 0 ? 1 : 0,
      items,
      next: 1,
      again: [],
      done: 0,
      totals: totalsOf([]),
    };
    this.free = this.memory.width;
    this.handleMessages();
  }

  run(): Promise<BatchResult> {
    // All that is said to pages is said by the loop, which a cancellation does not reach.
    CancellationScope.current().cancelRequested.catch(() => this.stop('canceled'));
    return CancellationScope.nonCancellable(async () => {
      for (;;) {
        const seen = this.news;
        this.startPages();
        this.distribute();
        this.link();
        this.instruct();
        this.show();
        if (this.active.size === 0) {
          if (this.isOver()) break;
          if (this.mustContinueAsNew()) await this.continue();
        }
        await condition(() => this.news !== seen || this.mustContinueAsNew());
      }
      await this.releaseStores();
      await condition(allHandlersFinished);
      return this.end();
    });
  }

  private handleMessages(): void {
    const { memory } = this;
    setHandler(pagesAdded, ({ pages, items, sealed }) => {
      memory.pages = Math.max(memory.pages, pages);
      memory.items = Math.max(memory.items, items);
      memory.sealed ||= sealed === true;
      this.news++;
    });
    setHandler(pause, () => this.setPaused(true));
    setHandler(resume, () => this.setPaused(false));
    setHandler(
      setWidth,
      ({ width }) => {
        const before = memory.width;
        this.free += width - before;
        memory.width = width;
        this.news++;
        return before;
      },
      { validator: (change?: { width: number }) => checkWidth(change?.width, 'width') },
    );
    setHandler(batchState, () => this.state());
    setHandler(batchInput, () => this.input);
    setHandler(pageBegun, (page) => {
      const found = this.active.get(page);
      if (found) found.begun = true;
      this.news++;
    });
    setHandler(pageProgress, ({ page, ended, failed }) => {
      const found = this.active.get(page);
      if (found) Object.assign(found, { ended, failed });
      this.stopAtFailures();
    });
  }

  private setPaused(paused: boolean): void {
    this.memory.paused = paused;
    this.news++;
  }

  private stop(reason: NonNullable<BatchResult['stopped']>): void {
    if (this.stopped !== 'canceled') this.stopped = reason;
    this.news++;
  }

  /** Pages pause, go on and stop as the batch does. */
  private instruct(): void {
    const { paused } = this.memory;
    for (const page of this.active.values()) {
      if (!page.handle) continue;
      if (page.paused !== paused) void page.handle.signal(setPaused, paused).catch(ignore);
      if (page.stopped !== this.stopped) {
        void page.handle.signal(stopPage, { cancel: this.stopped === 'canceled' }).catch(ignore);
      }
      Object.assign(page, { paused, stopped: this.stopped });
    }
  }

  private stopAtFailures(): void {
    const { stopAtFailureShare, stopNotBefore } = this.plan;
    if (stopAtFailureShare === undefined) return;
    let { failed } = this.memory.totals;
    let ended = failed + this.memory.totals.completed + this.memory.totals.canceled;
    for (const page of this.active.values()) {
      failed += page.failed;
      ended += page.ended;
    }
    if (ended >= stopNotBefore && failed / ended >= stopAtFailureShare) this.stop('failures');
  }

  private startPages(): void {
    const { memory } = this;
    if (this.draining && this.active.size === 0) {
      this.draining = false;
      this.free = memory.width;
    }
    if (this.stopped || this.broken || this.draining || this.mustDrain()) return;
    while (![...this.active.values()].some(({ begun }) => !begun)) {
      const again = memory.again.shift();
      if (!again && memory.next > memory.pages) return;
      void this.runPage(again?.page ?? memory.next++, again?.deaths ?? 0);
    }
  }

  private async runPage(page: number, deaths: number): Promise<void> {
    const { memory, plan } = this;
    const { workflowId } = workflowInfo();
    const slots = Math.max(0, this.free);
    this.free -= slots;
    const paused = memory.paused;
    const active: ActivePage = { begun: slots > 0, paused, ended: 0, failed: 0 };
    this.active.set(page, active);
    const { template, keyField, attempts, apiTaskQueue, priority, items } = plan;
    const input: PageInput = {
      batchId: workflowId,
      page,
      ...(items && { items }),
      slots,
      paused,
      template,
      keyField,
      attempts,
      apiTaskQueue,
      priority,
      reportsFailures: plan.stopAtFailureShare !== undefined,
    };
    try {
      active.handle = await startChild<typeof batchPage>(BATCH_PAGE, {
        workflowId: pageWorkflowId(workflowId, page),
        args: [input],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      });
      this.news++;
      this.pageEnded(page, await active.handle.result());
    } catch (error) {
      this.pageDied(page, deaths + 1, error);
    }
  }

  private pageEnded(page: number, { totals: more, slots }: PageResult): void {
    const { totals } = this.memory;
    for (const name of Object.keys(more) as (keyof BatchTotals)[]) totals[name] += more[name];
    this.memory.done++;
    this.free += slots;
    this.active.delete(page);
    this.stopAtFailures();
    this.news++;
  }

  private pageDied(page: number, deaths: number, error: unknown): void {
    this.active.delete(page);
    this.draining = true;
    if (deaths < MOST_DEATHS) this.memory.again.push({ page, deaths });
    else {
      this.broken = ApplicationFailure.create({
        message: `page ${page} cannot be worked on`,
        type: 'Duvo.BatchPageFailed',
        nonRetryable: true,
        cause: error instanceof Error ? error : undefined,
      });
    }
    this.news++;
  }

  /** Free slots go to the page that is next, else to the last one. */
  private distribute(): void {
    const ready = [...this.active.values()].filter(({ handle }) => handle);
    const taker = ready.find(({ begun }) => !begun) ?? ready.at(-1);
    if (this.free === 0 || !taker || this.draining) return;
    void taker.handle?.signal(addSlots, this.free).catch(ignore);
    this.free = 0;
  }

  /** Each page knows the one after it, to hand its slots to. */
  private link(): void {
    const ready = [...this.active.entries()].filter(([, { handle }]) => handle).sort(([a], [b]) => a - b);
    for (const [index, [, page]] of ready.entries()) {
      const successor = ready[index + 1]?.[0];
      if (successor === undefined || page.successor === successor) continue;
      page.successor = successor;
      void page.handle?.signal(nextPage, pageWorkflowId(workflowInfo().workflowId, successor)).catch(ignore);
    }
  }

  private isOver(): boolean {
    if (this.stopped || this.broken) return true;
    const { sealed, next, pages, again } = this.memory;
    return sealed && next > pages && again.length === 0;
  }

  /**
   * No page is begun any more, so that the batch can continue as new when those under way have ended. The window dips
   * then, and an item that waits for a person holds all up: so that is put off until the history has twice the length
   * at which the server suggested it, still far from its end.
   */
  private mustDrain(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (!continueAsNewSuggested || this.stopped || this.isOver()) return false;
    this.suggestedAt ??= historyLength;
    return historyLength >= 2 * this.suggestedAt;
  }

  private mustContinueAsNew(): boolean {
    return this.active.size === 0 && this.mustDrain() && allHandlersFinished();
  }

  private async continue(): Promise<never> {
    // The server carries the search attributes over, but not the memo.
    const go = makeContinueAsNewFunc<typeof batch>({ memo: workflowInfo().memo });
    return go(this.input, this.memory);
  }

  private async releaseStores(): Promise<void> {
    const { pages } = this.memory;
    if (this.plan.items || pages === 0) return;
    const { apiTaskQueue: taskQueue } = this.plan;
    const { releaseBatchPages } = proxyActivities<DuvoActivities>({ ...CALL, taskQueue, summary: 'release the pages' });
    await releaseBatchPages({ batchId: workflowInfo().workflowId, pages });
  }

  private end(): BatchResult {
    const { totals, pages, items } = this.memory;
    if (this.broken) throw this.broken;
    const { completed, failed, canceled } = totals;
    const result: BatchResult = {
      items,
      ...totals,
      // Those of pages that were never begun are among them.
      notStarted: items - completed - failed - canceled,
      pages,
      ...(this.stopped && { stopped: this.stopped }),
    };
    if (this.stopped !== 'canceled') return result;
    upsertMemo({ [BATCH_MEMO]: result });
    throw new CancelledFailure('the batch was cancelled');
  }

  private state(): BatchState {
    const { width, paused, sealed, pages, items, done, totals } = this.memory;
    return {
      ...totals,
      width,
      paused,
      sealed,
      pages,
      items,
      pagesDone: done,
      active: [...this.active.keys()],
      ...(this.stopped && { stopped: this.stopped }),
    };
  }

  private show(): void {
    const { done, pages, paused, totals, items } = this.memory;
    const { completed, failed, canceled } = totals;
    setCurrentDetails(
      `**Batch**: ${done} of ${pages} pages done${paused ? ', paused' : ''}${this.stopped ? `, stopped (${this.stopped})` : ''}

of ${items} items ${completed} completed, ${failed} failed, ${canceled} canceled in them`,
    );
  }
}

/** A page that is gone has nothing to be told; its end is seen where it is waited for. */
function ignore(): void {}
