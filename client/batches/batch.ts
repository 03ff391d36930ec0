import type { Client, WorkflowHandle } from '@temporalio/client';
import {
  ITEMS_DIGEST_MEMO_KEY,
  BATCH_RESULT_MEMO_KEY,
  type BatchInput,
  type BatchItem,
  BatchQueries,
  type BatchResult,
  BatchSignals,
  type BatchState,
  BatchUpdates,
  type ItemRow,
  type PageState,
  pageWorkflowId,
} from '../../contract/batch-contract';
import { type BatchItemResult, resultsOf } from './batch-results';
import { asked, type Asking } from '../asking';
import { isNotFound, RunNotFoundError, toRunError, WorkflowConflictError } from '../errors';
import { WorkflowOfKind } from '../kind';
import { PageReader } from './page-reader';
import { within } from '../within';

/** Where a batch stands, its pages under way included: `paused` once each of them has heard of it. */
export interface BatchProgress extends BatchState {
  started: number;
  inFlight: number;
}

/** A batch, by the id of its workflow. */
export class DuvoBatch {
  private readonly handle: WorkflowHandle;
  private readonly asBatch: WorkflowOfKind;

  /** @param isKnown whether the workflow is known to be a batch; else that is checked first */
  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    isKnown = false,
  ) {
    this.handle = client.workflow.getHandle(workflowId);
    this.asBatch = new WorkflowOfKind(client, workflowId, 'batch', isKnown);
  }

  /**
   * Where it stands: asks the batch and the pages that are under way.
   *
   * @throws RunNotFoundError; NoWorkerError when no worker answers; WorkflowConflictError when it is no batch, here and below
   */
  async progress(): Promise<BatchProgress> {
    const state = await this.ask<BatchState>(BatchQueries.batchState);
    const progress: BatchProgress = { ...state, started: 0, inFlight: 0 };
    const pages = await Promise.all(state.active.map((page) => this.page(page)));
    for (const page of pages) {
      // It is about to start: it has heard of nothing.
      progress.paused &&= page?.paused === true;
      if (!page) continue;
      progress.completed += page.completed;
      progress.failed += page.failed;
      progress.canceled += page.canceled;
      progress.inFlight += page.inFlight;
    }
    progress.started = progress.completed + progress.failed + progress.canceled + progress.inFlight;
    return progress;
  }

  /** Waits for the end. @throws DuvoRunError when the batch itself failed; RunNotFoundError, WaitTimeoutError */
  async result({ timeoutMs }: { timeoutMs?: number } = {}): Promise<BatchResult> {
    const ended = this.asBatch.call(() => this.handle.result());
    const result = ended.catch(async (error: unknown) => {
      const { cause, name } = error as Error & { cause?: Error };
      // A canceled workflow has no result: it stands in the memo.
      if (name === 'WorkflowFailedError' && cause?.name === 'CancelledFailure') return this.memoResult();
      throw toRunError(error, this.workflowId, 'batch');
    }) as Promise<BatchResult>;
    return within(result, timeoutMs, `batch ${this.workflowId} has not ended`);
  }

  /** Starts nothing more until it is resumed; what is under way goes on. @throws WorkflowConflictError when it has ended */
  pause(): Promise<void> {
    return this.whileOpen(() => this.handle.signal(BatchSignals.pause));
  }

  /** @throws WorkflowConflictError when it has ended */
  resume(): Promise<void> {
    return this.whileOpen(() => this.handle.signal(BatchSignals.resume));
  }

  /**
   * How many items are worked on at one time from now on.
   *
   * @returns how many it were
   * @throws WorkflowConflictError when it has ended
   */
  setWidth(width: number): Promise<number> {
    return this.whileOpen(() =>
      this.handle.executeUpdate<number, [{ width: number }]>(BatchUpdates.setWidth, { args: [{ width }] }),
    );
  }

  /** Cancels what is under way, starts nothing more, and waits until all of it has ended. */
  async cancel(options: { timeoutMs?: number } = {}): Promise<BatchResult> {
    await this.cancelStarted();
    return this.result(options);
  }

  /**
   * A row for every item, in order, read page by page. Waits for the end, and for a worker. Of a batch that failed, since its
   * source could not be read to the end, for every item until there. @throws RunNotFoundError
   */
  async *rows(): AsyncGenerator<ItemRow> {
    const { pages, items } = await this.reached();
    const { items: inline } = await this.input();
    const reader = new PageReader(this.client, this.workflowId);
    let next = 0;
    const notStartedUpTo = function* (end: number): Generator<ItemRow> {
      for (; next < end; next++) yield { index: next, status: 'not-started' };
    };
    for (let page = 1; page <= pages; page++) {
      for (const row of await reader.rows(page, !inline)) {
        yield* notStartedUpTo(row.index);
        yield row;
        next = row.index + 1;
      }
    }
    yield* notStartedUpTo(items);
  }

  /**
   * As {@link rows}, with each item's workflow id and, with `withOutput`, its result, fetched as it is asked for. Waits
   * for the end, and for a worker.
   */
  async *results({ withOutput = false }: { withOutput?: boolean } = {}): AsyncGenerator<BatchItemResult> {
    const { template } = await this.input();
    yield* resultsOf(this.client, this.workflowId, template, this.rows(), withOutput);
  }

  /**
   * The items that did not complete, read page by page. Waits for the end. Of a batch whose source could not be read to the
   * end, those until there.
   */
  async *unfinished(): AsyncGenerator<BatchItem> {
    // Of one that lost a page nobody knows what that has done.
    const { pages } = await this.reached(({ stopped }) => stopped === 'source');
    const { items: inline } = await this.input();
    const reader = new PageReader(this.client, this.workflowId);
    for (let page = 1; page <= pages; page++) {
      const { first, items } = inline ? { first: 0, items: inline } : await reader.items(page);
      const completed = new Set<number>();
      for (const { index, status } of await reader.rows(page, !inline))
        if (status === 'completed') completed.add(index);
      for (const [at, item] of items.entries()) if (!completed.has(first + at)) yield item;
    }
  }

  /** What it was started with. @throws RunNotFoundError, NoWorkerError */
  options(): Promise<BatchInput> {
    return this.ask(BatchQueries.batchInput);
  }

  private input(): Promise<BatchInput> {
    return this.ask(BatchQueries.batchInput, { forGood: true });
  }

  /** What is stored of it; waits for a worker. @internal */
  async storedPages(): Promise<{ sealed: boolean; digest?: string }> {
    const closed = await this.sealed();
    if (closed) return closed;
    try {
      const { sealed } = await this.ask<BatchState>(BatchQueries.batchState, { forGood: true });
      return (await this.sealed()) ?? { sealed };
    } catch (error) {
      // It ended meanwhile, with an input that was refused, say.
      const closed = await this.sealed();
      if (closed) return closed;
      throw error;
    }
  }

  /** As far as Temporal tells it without a worker. */
  private async sealed(): Promise<{ sealed: true; digest?: string } | undefined> {
    const { memo, status } = await this.asBatch.call(() => this.handle.describe());
    const digest = memo?.[ITEMS_DIGEST_MEMO_KEY] as string | undefined;
    return digest !== undefined || status.name !== 'RUNNING' ? { sealed: true, digest } : undefined;
  }

  /** @internal */
  async cancelStarted(): Promise<void> {
    try {
      await this.asBatch.call(() => this.handle.cancel());
    } catch (error) {
      // Of one that has ended, too.
      if (!(error instanceof RunNotFoundError)) throw error;
    }
  }

  private async page(page: number): Promise<PageState | undefined> {
    try {
      const handle = this.client.workflow.getHandle(pageWorkflowId(this.workflowId, page));
      return await asked(this.client, handle.workflowId, () => handle.query<PageState>(BatchQueries.pageState));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Its result; of a batch that failed, how far it came. Waits for the end. */
  private reached(isEnough: (reached: BatchResult) => boolean = () => true): Promise<BatchResult> {
    return this.result().catch(async (error: unknown) => {
      const reached = await this.memoResult();
      if (!reached || !isEnough(reached)) throw error;
      return reached;
    });
  }

  private async memoResult(): Promise<BatchResult | undefined> {
    const { memo } = await this.asBatch.call(() => this.handle.describe());
    return memo?.[BATCH_RESULT_MEMO_KEY] as BatchResult | undefined;
  }

  private ask<T>(query: string, asking?: Asking): Promise<T> {
    return this.asBatch.call(() => asked(this.client, this.workflowId, () => this.handle.query<T>(query), asking));
  }

  private async whileOpen<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await this.asBatch.call(call);
    } catch (error) {
      if (!(error instanceof RunNotFoundError)) throw error;
      const { status } = await this.asBatch.call(() => this.handle.describe());
      throw new WorkflowConflictError(this.workflowId, `the batch ${this.workflowId} has ended (${status.name})`);
    }
  }
}
