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
import { CALL_ACTIVITY_OPTIONS } from '../process/activity-proxies';
import { isActivityCancellation } from '../process/activity-cancellation';
import { type BatchPlan, parseBatchInput, width as checkWidth } from '../../contract/batch-input';
import { type BatchMemory, newBatchMemory } from './batch-memory';
import {
  ITEMS_DIGEST_MEMO_KEY,
  BATCH_RESULT_MEMO_KEY,
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
import { SourceReader } from './source-reader';
import { PageWindow } from './page-window';

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
  return new BatchRunner(input, parseBatchInput(input), carried).run();
}

class BatchRunner {
  private readonly memory: BatchMemory;
  private readonly window: PageWindow;
  /** While the workers read the batch's source. */
  private sourceReader?: SourceReader;
  /** The length of the history when the server first suggested to continue as new. */
  private lengthWhenSuggested?: number;
  /** Counts what has happened, so that the loop sees that something has. */
  private changeCount = 0;

  constructor(
    private readonly input: BatchInput,
    private readonly plan: BatchPlan,
    carried?: BatchMemory,
  ) {
    this.memory = carried ?? newBatchMemory(plan);
    this.window = new PageWindow(plan, this.memory, () => this.changeCount++);
    this.setMessageHandlers();
  }

  run(): Promise<BatchResult> {
    // All that is said to pages is said by the loop, which a cancellation does not reach.
    CancellationScope.current().cancelRequested.catch(() => this.window.stop('canceled'));
    return CancellationScope.nonCancellable(async () => {
      if (this.plan.source && !this.memory.sealed) void this.readSource(this.plan.source);
      for (;;) {
        const seen = this.changeCount;
        if (this.window.stopped === 'canceled' || this.window.failure) this.sourceReader?.cancel();
        this.window.reconcile(!this.shouldDrain());
        this.updateDetails();
        if (this.window.isEmpty) {
          if (this.isOver()) break;
          if (this.shouldContinueAsNew()) await this.continueAsNew();
        }
        await condition(() => this.changeCount !== seen || this.shouldContinueAsNew());
      }
      await this.releaseStores();
      await condition(allHandlersFinished);
      return this.finish();
    });
  }

  private setMessageHandlers(): void {
    setHandler(pagesAdded, (stored) => this.applyPagesAdded(stored));
    setHandler(pause, () => this.setPaused(true));
    setHandler(resume, () => this.setPaused(false));
    setHandler(setWidth, ({ width }) => this.window.setConcurrency(width), {
      validator: (change?: { width: number }) => checkWidth(change?.width, 'width'),
    });
    setHandler(batchState, () => this.state());
    setHandler(batchInput, () => this.input);
    setHandler(pageBegun, (page) => this.window.applyPageStarted(page));
    setHandler(pageProgress, ({ page, ...counts }) => this.window.applyPageProgress(page, counts));
  }

  private applyPagesAdded({ pages, items, sealed, digest }: PagesAdded): void {
    const { memory } = this;
    if (digest !== undefined && !memory.sealed) upsertMemo({ [ITEMS_DIGEST_MEMO_KEY]: digest });
    memory.pages = Math.max(memory.pages, pages);
    memory.items = Math.max(memory.items, items);
    memory.sealed ||= sealed === true;
    this.changeCount++;
  }

  /** Its end is awaited before the batch ends or continues as new: so all that was stored is known. */
  private async readSource(source: BatchSource): Promise<void> {
    this.sourceReader = new SourceReader(source, this.plan.apiTaskQueue);
    try {
      this.applyPagesAdded(await this.sourceReader.read());
    } catch (error) {
      if (!isActivityCancellation(error)) this.window.fail(error as Error);
    }
    this.sourceReader = undefined;
    this.changeCount++;
  }

  private setPaused(paused: boolean): void {
    this.memory.paused = paused;
    this.changeCount++;
  }

  private isOver(): boolean {
    if (this.sourceReader) return false;
    const { sealed, next, pages, again } = this.memory;
    const { failure, stopped, revised } = this.window;
    if (failure) return true;
    // What its caller still stores has rows, too, and can be done again.
    const isStopped = stopped !== undefined && (sealed || stopped !== 'failures' || !revised);
    return again.length === 0 && (isStopped || (sealed && next > pages));
  }

  /**
   * No page is begun any more, so that the batch can continue as new when those under way have ended. The window dips
   * then, and an item that waits for a person holds all up: so that is put off until the history has twice the length
   * at which the server suggested it, still far from its end.
   */
  private shouldDrain(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (!continueAsNewSuggested || this.sourceReader || this.window.stopped || this.isOver()) return false;
    this.lengthWhenSuggested ??= historyLength;
    return historyLength >= 2 * this.lengthWhenSuggested;
  }

  private shouldContinueAsNew(): boolean {
    return this.window.isEmpty && this.shouldDrain() && allHandlersFinished();
  }

  private async continueAsNew(): Promise<never> {
    // The server carries the search attributes over, but not the memo.
    const go = makeContinueAsNewFunc<typeof batch>({ memo: workflowInfo().memo });
    return go(this.input, this.memory);
  }

  private async releaseStores(): Promise<void> {
    const { pages } = this.memory;
    if (this.plan.items || (pages === 0 && !this.plan.source)) return;
    const { apiTaskQueue: taskQueue } = this.plan;
    const { releaseBatchPages } = proxyActivities<DuvoActivities>({
      ...CALL_ACTIVITY_OPTIONS,
      taskQueue,
      summary: 'release the pages',
    });
    await releaseBatchPages({ batchId: workflowInfo().workflowId, pages });
  }

  private finish(): BatchResult {
    const { totals, pages, items } = this.memory;
    const { stopped, failure } = this.window;
    const { completed, failed, canceled } = totals;
    const result: BatchResult = {
      items,
      ...totals,
      // Those of pages that were never begun are among them.
      notStarted: items - completed - failed - canceled,
      pages,
      ...(stopped && { stopped }),
    };
    if (!failure && stopped !== 'canceled') return result;
    upsertMemo({ [BATCH_RESULT_MEMO_KEY]: result });
    if (failure) throw failure;
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
      active: this.window.activePageNumbers,
      ...(stopped && { stopped }),
    };
  }

  private updateDetails(): void {
    const { done, pages, paused, totals, items } = this.memory;
    const { stopped } = this.window;
    const { completed, failed, canceled } = totals;
    setCurrentDetails(
      `**Batch**: ${done} of ${pages} pages done${paused ? ', paused' : ''}${stopped ? `, stopped (${stopped})` : ''}

of ${items} items ${completed} completed, ${failed} failed, ${canceled} canceled in them`,
    );
  }
}
