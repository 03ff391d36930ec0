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
import { type BatchItemResult, readItemResults } from './item-results';
import { queryWithRetry, type QueryRetryOptions } from '../temporal/query-with-retry';
import { isWorkflowNotFound, BatchNotFoundError, toBatchError, WorkflowConflictError } from '../errors';
import { TypedWorkflow } from '../temporal/typed-workflow';
import { countItemsWaitingForPeople } from '../temporal/visibility';
import { PageReader } from './page-reader';
import { withTimeout } from '../temporal/with-timeout';

/** Where a batch stands, its pages under way included: `paused` once each of them has heard of it. */
export interface BatchProgress extends BatchState {
  started: number;
  inFlight: number;
  /** The number of items that wait for a person, as visibility shows it (within a second or two). */
  waitingForPeople: number;
}

/** A batch, by the id of its workflow. */
export class DuvoBatch {
  private readonly handle: WorkflowHandle;
  private readonly typedWorkflow: TypedWorkflow;

  /** @param isKnown whether the workflow is known to be a batch; else that is checked first */
  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    isKnown = false,
  ) {
    this.handle = client.workflow.getHandle(workflowId);
    this.typedWorkflow = new TypedWorkflow(client, workflowId, 'batch', isKnown);
  }

  /**
   * Where it stands: asks the batch and the pages that are under way.
   *
   * @throws BatchNotFoundError; NoWorkerError when no worker answers; WorkflowConflictError when it is no batch, here and below
   */
  async progress(): Promise<BatchProgress> {
    const state = await this.queryWorkflow<BatchState>(BatchQueries.batchState);
    const progress: BatchProgress = { ...state, started: 0, inFlight: 0, waitingForPeople: 0 };
    const [waitingForPeople, ...pages] = await Promise.all([
      countItemsWaitingForPeople(this.client, this.workflowId),
      ...state.activePages.map((page) => this.queryPageState(page)),
    ]);
    for (const page of pages) {
      // It is about to start: it has heard of nothing.
      progress.paused &&= page?.paused === true;
      if (!page) continue;
      progress.completed += page.completed;
      progress.failed += page.failed;
      progress.canceled += page.canceled;
      progress.inFlight += page.itemsInFlight;
    }
    // Visibility may still count a gate that was answered a moment ago.
    progress.waitingForPeople = Math.min(waitingForPeople, progress.inFlight);
    progress.started = progress.completed + progress.failed + progress.canceled + progress.inFlight;
    return progress;
  }

  /** Waits for the end. @throws DuvoBatchError when the batch itself failed; BatchNotFoundError, WaitTimeoutError */
  async result({ timeoutMs }: { timeoutMs?: number } = {}): Promise<BatchResult> {
    const workflowResult = this.typedWorkflow.call(() => this.handle.result());
    const result = workflowResult.catch(async (error: unknown) => {
      const { cause, name } = error as Error & { cause?: Error };
      // A canceled workflow has no result: it stands in the memo.
      if (name === 'WorkflowFailedError' && cause?.name === 'CancelledFailure') return this.readResultFromMemo();
      throw toBatchError(error, this.workflowId);
    }) as Promise<BatchResult>;
    return withTimeout(result, timeoutMs, `batch ${this.workflowId} has not ended`);
  }

  /** Starts nothing more until it is resumed; what is under way goes on. @throws WorkflowConflictError when it has ended */
  pause(): Promise<void> {
    return this.callIfOpen(() => this.handle.signal(BatchSignals.pause));
  }

  /** @throws WorkflowConflictError when it has ended */
  resume(): Promise<void> {
    return this.callIfOpen(() => this.handle.signal(BatchSignals.resume));
  }

  /**
   * How many items are worked on at one time from now on.
   *
   * @returns how many it were
   * @throws WorkflowConflictError when it has ended
   */
  setConcurrency(concurrency: number): Promise<number> {
    return this.callIfOpen(() =>
      this.handle.executeUpdate<number, [{ concurrency: number }]>(BatchUpdates.setConcurrency, {
        args: [{ concurrency }],
      }),
    );
  }

  /** Cancels what is under way, starts nothing more, and waits until all of it has ended. */
  async cancel(options: { timeoutMs?: number } = {}): Promise<BatchResult> {
    await this.requestCancel();
    return this.result(options);
  }

  /**
   * A row for every item, in order, read page by page. Waits for the end, and for a worker. Of a batch that failed, since its
   * source could not be read to the end, for every item until there. @throws BatchNotFoundError
   */
  async *rows(): AsyncGenerator<ItemRow> {
    const { pages, items } = await this.finalResult();
    const { items: inline } = await this.waitForInput();
    const reader = new PageReader(this.client, this.workflowId);
    let nextIndex = 0;
    const notStartedRows = function* (end: number): Generator<ItemRow> {
      for (; nextIndex < end; nextIndex++) yield { index: nextIndex, status: 'not-started' };
    };
    for (let page = 1; page <= pages; page++) {
      for (const row of await reader.readRows(page, !inline)) {
        yield* notStartedRows(row.index);
        yield row;
        nextIndex = row.index + 1;
      }
    }
    yield* notStartedRows(items);
  }

  /**
   * As {@link rows}, with each item's workflow id and, with `withOutput`, its result, fetched as it is asked for. Waits
   * for the end, and for a worker.
   */
  async *results({ withOutput = false }: { withOutput?: boolean } = {}): AsyncGenerator<BatchItemResult> {
    const { template } = await this.waitForInput();
    yield* readItemResults(this.client, this.workflowId, template, this.rows(), withOutput);
  }

  /**
   * The items that did not complete, read page by page. Waits for the end. Of a batch whose source could not be read to the
   * end, those until there.
   */
  async *unfinishedItems(): AsyncGenerator<BatchItem> {
    // Of one that lost a page nobody knows what that has done.
    const { pages } = await this.finalResult(({ stopped }) => stopped === 'source');
    const { items: inline } = await this.waitForInput();
    const reader = new PageReader(this.client, this.workflowId);
    for (let page = 1; page <= pages; page++) {
      const { first, items } = inline ? { first: 0, items: inline } : await reader.readItems(page);
      const completed = new Set<number>();
      for (const { index, status } of await reader.readRows(page, !inline))
        if (status === 'completed') completed.add(index);
      for (const [offset, item] of items.entries()) if (!completed.has(first + offset)) yield item;
    }
  }

  /** What it was started with. @throws BatchNotFoundError, NoWorkerError */
  options(): Promise<BatchInput> {
    return this.queryWorkflow(BatchQueries.batchInput);
  }

  private waitForInput(): Promise<BatchInput> {
    return this.queryWorkflow(BatchQueries.batchInput, { waitForWorker: true });
  }

  /** What is stored of it; waits for a worker. @internal */
  async storageState(): Promise<{ allPagesStored: boolean; digest?: string }> {
    const finalState = await this.finalStorageState();
    if (finalState) return finalState;
    try {
      const { allPagesStored } = await this.queryWorkflow<BatchState>(BatchQueries.batchState, { waitForWorker: true });
      return (await this.finalStorageState()) ?? { allPagesStored };
    } catch (error) {
      // It ended meanwhile, with an input that was refused, say.
      const closed = await this.finalStorageState();
      if (closed) return closed;
      throw error;
    }
  }

  /** As far as Temporal tells it without a worker. */
  private async finalStorageState(): Promise<{ allPagesStored: true; digest?: string } | undefined> {
    const { memo, status } = await this.typedWorkflow.call(() => this.handle.describe());
    const digest = memo?.[ITEMS_DIGEST_MEMO_KEY] as string | undefined;
    return digest !== undefined || status.name !== 'RUNNING' ? { allPagesStored: true, digest } : undefined;
  }

  /** @internal */
  async requestCancel(): Promise<void> {
    try {
      await this.typedWorkflow.call(() => this.handle.cancel());
    } catch (error) {
      // Of one that has ended, too.
      if (!(error instanceof BatchNotFoundError)) throw error;
    }
  }

  private async queryPageState(page: number): Promise<PageState | undefined> {
    try {
      const handle = this.client.workflow.getHandle(pageWorkflowId(this.workflowId, page));
      return await queryWithRetry(this.client, handle.workflowId, () =>
        handle.query<PageState>(BatchQueries.pageState),
      );
    } catch (error) {
      if (isWorkflowNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Its result; of a batch that failed, how far it came. Waits for the end. */
  private finalResult(acceptsPartial: (partialResult: BatchResult) => boolean = () => true): Promise<BatchResult> {
    return this.result().catch(async (error: unknown) => {
      const reached = await this.readResultFromMemo();
      if (!reached || !acceptsPartial(reached)) throw error;
      return reached;
    });
  }

  private async readResultFromMemo(): Promise<BatchResult | undefined> {
    const { memo } = await this.typedWorkflow.call(() => this.handle.describe());
    return memo?.[BATCH_RESULT_MEMO_KEY] as BatchResult | undefined;
  }

  private queryWorkflow<T>(query: string, retryOptions?: QueryRetryOptions): Promise<T> {
    return this.typedWorkflow.call(() =>
      queryWithRetry(this.client, this.workflowId, () => this.handle.query<T>(query), retryOptions),
    );
  }

  private async callIfOpen<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await this.typedWorkflow.call(call);
    } catch (error) {
      if (!(error instanceof BatchNotFoundError)) throw error;
      const { status } = await this.typedWorkflow.call(() => this.handle.describe());
      throw new WorkflowConflictError(this.workflowId, `the batch ${this.workflowId} has ended (${status.name})`);
    }
  }
}
