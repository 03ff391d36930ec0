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
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../activities';
import { CALL_ACTIVITY_OPTIONS, isActivityCancellation } from '../process/activity-proxies';
import { type BatchPlan, parseBatchInput, checkConcurrency } from '../../contract/batches/batch-input';
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
  SOURCE_FAILED_MEMO_KEY,
  type SourceFailed,
} from '../../contract/batches/batch-contract';
import { pageProgress, pageStarted } from './page/page-messages';
import { FillWatch } from './fill-watch';
import { SourceReader } from './source-reader';
import { PageWindow } from './page-window';

export const pagesAdded = defineSignal<[PagesAdded]>(BatchSignals.pagesAdded);
export const sourceFailed = defineSignal<[SourceFailed]>(BatchSignals.sourceFailed);
export const pause = defineSignal(BatchSignals.pause);
export const resume = defineSignal(BatchSignals.resume);
export const setConcurrency = defineUpdate<number, [{ concurrency: number }]>(BatchUpdates.setConcurrency);
export const batchState = defineQuery<BatchState>(BatchQueries.batchState);
export const batchInput = defineQuery<BatchInput>(BatchQueries.batchInput);

/**
 * Runs many items, each as an agent run, a workflow or a case, at most `concurrency` of them at a time. The batch handles
 * pages, and each page handles its items, so that no history grows with the number of items: this one grows by some thirty
 * events a page.
 */
export async function batch(input: BatchInput, carried?: BatchMemory): Promise<BatchResult> {
  return new BatchRunner(input, parseBatchInput(input), carried).run();
}

class BatchRunner {
  private readonly memory: BatchMemory;
  private readonly window: PageWindow;
  /** Present while the workers read the batch's source. */
  private sourceReader?: SourceReader;
  private readonly fillWatch = new FillWatch();
  /** Length of the history when the server first suggested continue-as-new, in events. */
  private lengthWhenSuggested?: number;
  /** Counts changes, so that the loop wakes up after each of them. */
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
    // Only the loop sends messages to pages, in a scope that a cancellation does not reach.
    CancellationScope.current().cancelRequested.catch(() => this.window.stop('canceled'));
    return CancellationScope.nonCancellable(async () => {
      if (this.plan.source && !this.memory.allPagesStored) void this.readSource(this.plan.source);
      void this.watchFilling();
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
    setHandler(sourceFailed, (failure) => this.applySourceFailed(failure));
    setHandler(pause, () => this.setPaused(true));
    setHandler(resume, () => this.setPaused(false));
    setHandler(setConcurrency, ({ concurrency }) => this.window.setConcurrency(concurrency), {
      validator: (change?: { concurrency: number }) => checkConcurrency(change?.concurrency, 'concurrency'),
    });
    setHandler(batchState, () => this.state());
    setHandler(batchInput, () => this.input);
    setHandler(pageStarted, (page) => this.window.applyPageStarted(page));
    setHandler(pageProgress, ({ page, ...counts }) => this.window.applyPageProgress(page, counts));
  }

  private applyPagesAdded({ pages, items, allPagesStored, digest }: PagesAdded): void {
    const { memory } = this;
    this.fillWatch.applySignal();
    if (digest !== undefined && !memory.allPagesStored) upsertMemo({ [ITEMS_DIGEST_MEMO_KEY]: digest });
    memory.pages = Math.max(memory.pages, pages);
    memory.items = Math.max(memory.items, items);
    memory.allPagesStored ||= allPagesStored === true;
    this.changeCount++;
  }

  private applySourceFailed({ type, message }: SourceFailed): void {
    if (this.memory.allPagesStored) return;
    upsertMemo({ [SOURCE_FAILED_MEMO_KEY]: type });
    this.window.fail(ApplicationFailure.nonRetryable(message, type));
  }

  /** The batch ends or continues as new only after this activity, so that it knows all pages that were stored. */
  private async readSource(source: BatchSource): Promise<void> {
    this.sourceReader = new SourceReader(source, this.plan);
    try {
      this.applyPagesAdded(await this.sourceReader.read());
    } catch (error) {
      if (!isActivityCancellation(error)) {
        upsertMemo({ [SOURCE_FAILED_MEMO_KEY]: (error as ApplicationFailure).type ?? '' });
        this.window.fail(error as Error);
      }
    }
    this.sourceReader = undefined;
    this.changeCount++;
  }

  private async watchFilling(): Promise<void> {
    const failure = await this.fillWatch.waitForItems(this.plan, () => this.memory.allPagesStored);
    if (failure) this.window.fail(failure);
  }

  private setPaused(paused: boolean): void {
    this.memory.paused = paused;
    this.changeCount++;
  }

  private isOver(): boolean {
    if (this.sourceReader) return false;
    const { allPagesStored, nextPage, pages, pagesToRestart } = this.memory;
    const { failure, stopped } = this.window;
    if (failure) return true;
    // After too many failures the caller continues to store items, so that they have rows and can be run again.
    const isStopped = stopped !== undefined && (allPagesStored || stopped !== 'failures');
    return pagesToRestart.length === 0 && (isStopped || (allPagesStored && nextPage > pages));
  }

  /**
   * Whether to start no more pages, so that the batch can continue as new once the running pages have ended. Fewer items
   * run during that time, and one item that waits for a person delays all others. So draining starts only at twice the
   * history length at which the server suggested continue-as-new, which is still far from the server's limit.
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
    // The server copies the search attributes to the new run, but not the memo.
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
      summary: 'close the stores of the pages',
    });
    await releaseBatchPages({ batchId: workflowInfo().workflowId, pages });
  }

  private finish(): BatchResult {
    const { totals, pages, items, nextPage } = this.memory;
    const { stopped, failure } = this.window;
    const { completed, failed, canceled, unknown = 0 } = totals;
    const result: BatchResult = {
      items,
      ...totals,
      // Includes the items of pages that never started.
      notStarted: items - completed - failed - canceled - unknown,
      pages,
      pagesStarted: nextPage - 1,
      ...(stopped && { stopped }),
    };
    if (!failure && stopped !== 'canceled') return result;
    upsertMemo({ [BATCH_RESULT_MEMO_KEY]: result });
    if (failure) throw failure;
    throw new CancelledFailure('the batch was cancelled');
  }

  private state(): BatchState {
    const { concurrency, paused, allPagesStored, pages, items, pagesDone, totals } = this.memory;
    const { stopped } = this.window;
    return {
      ...totals,
      concurrency,
      paused,
      allPagesStored,
      pages,
      items,
      pagesDone,
      activePages: this.window.activePageNumbers,
      ...(stopped && { stopped }),
    };
  }

  private updateDetails(): void {
    const { pagesDone, pages, paused, totals, items } = this.memory;
    const { stopped } = this.window;
    const { completed, failed, canceled } = totals;
    setCurrentDetails(
      `**Batch**: ${pagesDone} of ${pages} pages done${paused ? ', paused' : ''}${stopped ? `, stopped (${stopped})` : ''}

of ${items} items ${completed} completed, ${failed} failed, ${canceled} canceled in them`,
    );
  }
}
