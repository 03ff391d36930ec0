import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  makeContinueAsNewFunc,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../activities';
import { CALL } from '../process/duvo-activities';
import { wasCancelled } from '../process/was-cancelled';
import { type BatchPlan, planBatch, width as checkWidth } from '../../contract/batch-input';
import { type BatchMemory, newMemory } from './batch-memory';
import {
  BATCH_DIGEST_MEMO,
  BATCH_MEMO,
  type BatchInput,
  BatchQueries,
  type BatchResult,
  BatchSignals,
  type BatchSource,
  type BatchState,
  BatchUpdates,
  type PagesAdded,
} from '../../contract/batch-contract';
import { pageBegun, pageProgress } from './page-messages';
import { SourceReading } from './source';
import { Window } from './window';

export const pagesAdded = defineSignal<[PagesAdded]>(BatchSignals.pagesAdded);
export const pause = defineSignal(BatchSignals.pause);
export const resume = defineSignal(BatchSignals.resume);
export const setWidth = defineUpdate<number, [{ width: number }]>(BatchUpdates.setWidth);
export const batchState = defineQuery<BatchState>(BatchQueries.batchState);
export const batchInput = defineQuery<BatchInput>(BatchQueries.batchInput);

/**
 * A batch: many items, each a run, a workflow or a case of its own, at most `width` of them at one time. It only knows
 * pages; the pages know their items. So no history grows with the batch: this one by some thirty events a page.
 */
export async function batch(input: BatchInput, carried?: BatchMemory): Promise<BatchResult> {
  return new Batch(input, planBatch(input), carried).run();
}

class Batch {
  private readonly memory: BatchMemory;
  private readonly window: Window;
  /** While the workers read the batch's source. */
  private reading?: SourceReading;
  /** The length of the history when the server first suggested to continue as new. */
  private suggestedAt?: number;
  /** Counts what has happened, so that the loop sees that something has. */
  private news = 0;

  constructor(
    private readonly input: BatchInput,
    private readonly plan: BatchPlan,
    carried?: BatchMemory,
  ) {
    this.memory = carried ?? newMemory(plan);
    this.window = new Window(plan, this.memory, () => this.news++);
    this.handleMessages();
  }

  run(): Promise<BatchResult> {
    // All that is said to pages is said by the loop, which a cancellation does not reach.
    CancellationScope.current().cancelRequested.catch(() => this.window.stop('canceled'));
    return CancellationScope.nonCancellable(async () => {
      if (this.plan.source && !this.memory.sealed) void this.read(this.plan.source);
      for (;;) {
        const seen = this.news;
        if (this.window.stopped === 'canceled' || this.window.broken) this.reading?.cancel();
        this.window.tend(!this.mustDrain());
        this.show();
        if (this.window.isEmpty) {
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
    setHandler(pagesAdded, (stored) => this.added(stored));
    setHandler(pause, () => this.setPaused(true));
    setHandler(resume, () => this.setPaused(false));
    setHandler(setWidth, ({ width }) => this.window.setWidth(width), {
      validator: (change?: { width: number }) => checkWidth(change?.width, 'width'),
    });
    setHandler(batchState, () => this.state());
    setHandler(batchInput, () => this.input);
    setHandler(pageBegun, (page) => this.window.begun(page));
    setHandler(pageProgress, ({ page, ...counts }) => this.window.progressed(page, counts));
  }

  private added({ pages, items, sealed, digest }: PagesAdded): void {
    const { memory } = this;
    if (digest !== undefined && !memory.sealed) upsertMemo({ [BATCH_DIGEST_MEMO]: digest });
    memory.pages = Math.max(memory.pages, pages);
    memory.items = Math.max(memory.items, items);
    memory.sealed ||= sealed === true;
    this.news++;
  }

  /** Its end is awaited before the batch ends or continues as new: so all that was stored is known. */
  private async read(source: BatchSource): Promise<void> {
    this.reading = new SourceReading(source, this.plan.apiTaskQueue);
    try {
      this.added(await this.reading.read());
    } catch (error) {
      if (!wasCancelled(error)) this.window.fail(error as Error);
    }
    this.reading = undefined;
    this.news++;
  }

  private setPaused(paused: boolean): void {
    this.memory.paused = paused;
    this.news++;
  }

  private isOver(): boolean {
    if (this.reading) return false;
    const { sealed, next, pages, again } = this.memory;
    const { broken, stopped, revised } = this.window;
    if (broken) return true;
    // What its caller still stores has rows, too, and can be done again.
    const isStopped = stopped !== undefined && (sealed || stopped !== 'failures' || !revised);
    return again.length === 0 && (isStopped || (sealed && next > pages));
  }

  /**
   * No page is begun any more, so that the batch can continue as new when those under way have ended. The window dips
   * then, and an item that waits for a person holds all up: so that is put off until the history has twice the length
   * at which the server suggested it, still far from its end.
   */
  private mustDrain(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (!continueAsNewSuggested || this.reading || this.window.stopped || this.isOver()) return false;
    this.suggestedAt ??= historyLength;
    return historyLength >= 2 * this.suggestedAt;
  }

  private mustContinueAsNew(): boolean {
    return this.window.isEmpty && this.mustDrain() && allHandlersFinished();
  }

  private async continue(): Promise<never> {
    // The server carries the search attributes over, but not the memo.
    const go = makeContinueAsNewFunc<typeof batch>({ memo: workflowInfo().memo });
    return go(this.input, this.memory);
  }

  private async releaseStores(): Promise<void> {
    const { pages } = this.memory;
    if (this.plan.items || (pages === 0 && !this.plan.source)) return;
    const { apiTaskQueue: taskQueue } = this.plan;
    const { releaseBatchPages } = proxyActivities<DuvoActivities>({ ...CALL, taskQueue, summary: 'release the pages' });
    await releaseBatchPages({ batchId: workflowInfo().workflowId, pages });
  }

  private end(): BatchResult {
    const { totals, pages, items } = this.memory;
    const { stopped, broken } = this.window;
    const { completed, failed, canceled } = totals;
    const result: BatchResult = {
      items,
      ...totals,
      // Those of pages that were never begun are among them.
      notStarted: items - completed - failed - canceled,
      pages,
      ...(stopped && { stopped }),
    };
    if (!broken && stopped !== 'canceled') return result;
    upsertMemo({ [BATCH_MEMO]: result });
    if (broken) throw broken;
    throw new CancelledFailure('the batch was cancelled');
  }

  private state(): BatchState {
    const { width, paused, sealed, pages, items, done, totals } = this.memory;
    const { stopped } = this.window;
    return {
      ...totals,
      width,
      paused,
      sealed,
      pages,
      items,
      pagesDone: done,
      active: this.window.pages,
      ...(stopped && { stopped }),
    };
  }

  private show(): void {
    const { done, pages, paused, totals, items } = this.memory;
    const { stopped } = this.window;
    const { completed, failed, canceled } = totals;
    setCurrentDetails(
      `**Batch**: ${done} of ${pages} pages done${paused ? ', paused' : ''}${stopped ? `, stopped (${stopped})` : ''}

of ${items} items ${completed} completed, ${failed} failed, ${canceled} canceled in them`,
    );
  }
}
