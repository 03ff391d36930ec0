import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
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
  SOURCE_FAILED_MEMO_KEY,
} from '../../contract/batches/batch-contract';
import { type BatchItemResult, readItemResults } from './item-results';
import { BatchNotFoundError, DuvoBatchError, toBatchError, WorkflowConflictError } from '../errors';
import { hasMemo, readMemo } from '../../temporal/memo-reader';
import { type ExecutionIds, toExecutionIds, WorkflowExecution } from '../temporal/workflow-execution';
import { type BatchProgress, readProgress } from './batch-progress';
import { PageReader } from './page-reader';
import { type EndedItem, readEndedItems, redriveClass } from './read-ended-items';
import type { WaitOptions } from '../temporal/with-timeout';

export interface ResultOptions {
  withOutput?: boolean;
  withItems?: boolean;
}

/** Which items of an ended batch are read again. */
export interface UnfinishedOptions {
  /** Whether to include items that may have been done, although nothing shows it. @default false */
  includeUnknown?: boolean;
  /** Receives the row of each item that is left out because it may have been done, or because its page was deleted. */
  onLeftOut?: (row: ItemRow) => void;
}

/** A message is sent again when the batch continues as new at the same moment. */
const MAX_SEND_ATTEMPTS = 5;

/**
 * A batch. From `start`, it is the execution that the call started or found. From `get`, each call is to the latest
 * execution of the workflow id.
 */
export class DuvoBatch {
  private readonly execution: WorkflowExecution;

  /** @param ids the execution that is meant. @default the latest one, at each call */
  constructor(
    private readonly client: Client,
    readonly workflowId: string,
    ids?: ExecutionIds,
  ) {
    this.execution = new WorkflowExecution(client, workflowId, 'batch', ids);
  }

  /**
   * Reads the progress from the batch and from its active pages.
   *
   * @throws BatchNotFoundError; NoWorkerError when no worker answers; WorkflowConflictError when the workflow is not a
   * batch, here and below
   */
  async progress(): Promise<BatchProgress> {
    const state = await this.execution.query<BatchState>(BatchQueries.batchState);
    return readProgress(this.client, this.workflowId, state);
  }

  /** Waits for the end. @throws DuvoBatchError when the batch itself failed; BatchNotFoundError, WaitTimeoutError */
  async result(options: WaitOptions = {}): Promise<BatchResult> {
    try {
      return await this.execution.result<BatchResult>(options, `batch ${this.workflowId} has not ended`);
    } catch (error) {
      const { cause, name } = error as Error & { cause?: Error };
      // A cancelled workflow has no result; its memo holds the counts.
      if (name === 'WorkflowFailedError' && cause?.name === 'CancelledFailure') return this.readCancelledResult();
      throw toBatchError(error, this.workflowId);
    }
  }

  /**
   * Pauses the batch: it starts no more items until it is resumed. Items in progress continue.
   *
   * @throws WorkflowConflictError when the batch has ended
   */
  pause(): Promise<void> {
    return this.callIfOpen((handle) => handle.signal(BatchSignals.pause));
  }

  /** Resumes a paused batch. @throws WorkflowConflictError when the batch has ended */
  resume(): Promise<void> {
    return this.callIfOpen((handle) => handle.signal(BatchSignals.resume));
  }

  /**
   * Sets how many items are in progress at the same time.
   *
   * @returns the former concurrency
   * @throws WorkflowConflictError when the batch has ended
   */
  setConcurrency(concurrency: number): Promise<number> {
    return this.callIfOpen((handle) =>
      handle.executeUpdate<number, [{ concurrency: number }]>(BatchUpdates.setConcurrency, {
        args: [{ concurrency }],
      }),
    );
  }

  /** Cancels the items in progress, starts no more, and waits until all of them have ended. */
  async cancel(options: WaitOptions = {}): Promise<BatchResult> {
    const ended = await this.execution.cancel(options, `batch ${this.workflowId} has not ended`);
    if (ended.status.name === 'CANCELLED') return this.readCancelledResult(ended);
    // The batch that was cancelled, also when its id has another execution by now.
    return new DuvoBatch(this.client, this.workflowId, toExecutionIds(ended)).result();
  }

  /**
   * Reads a row for every item, in order, page by page. Waits for the end of the batch, and for a worker. A batch whose
   * source could not be read to its end has rows for the items before that point. An item whose row Temporal has deleted
   * is `unknown`.
   *
   * @throws BatchNotFoundError
   */
  async *rows(): AsyncGenerator<ItemRow> {
    for await (const { row } of this.readEndedItems(false)) yield row;
  }

  /**
   * Reads {@link rows} with each item's workflow id, with `withItems` the item itself, and with `withOutput` the result of
   * its workflow. Results are fetched while the caller reads. Waits for the end of the batch, and for a worker.
   */
  async *results({ withOutput = false, withItems = false }: ResultOptions = {}): AsyncGenerator<BatchItemResult> {
    const { template } = await this.waitForInput();
    yield* readItemResults(this.client, this.workflowId, template, this.readEndedItems(withItems), withOutput);
  }

  /**
   * Reads the items that did not complete, page by page. Waits for the end of the batch. A batch whose source could not be
   * read to its end returns the items before that point. Leaves out the items that may have been done: their rows were
   * deleted, or their run or case may go on in Duvo.
   */
  async *unfinishedItems({ includeUnknown = false, onLeftOut }: UnfinishedOptions = {}): AsyncGenerator<BatchItem> {
    for await (const ended of this.readEndedItems(true)) {
      const kind = redriveClass(ended.row);
      if (kind === 'done') continue;
      if ('item' in ended && (kind === 'undone' || includeUnknown)) yield ended.item;
      else onLeftOut?.(ended.row);
    }
  }

  private async *readEndedItems(withItems: boolean): AsyncGenerator<EndedItem> {
    const result = await this.finalResult();
    const { items: inline } = await this.waitForInput();
    yield* readEndedItems(new PageReader(this.client, this.workflowId), result, inline, withItems);
  }

  /** Reads the input that the batch was started with. @throws BatchNotFoundError, NoWorkerError */
  options(): Promise<BatchInput> {
    return this.execution.query(BatchQueries.batchInput);
  }

  /** Describes the batch's workflow. @throws BatchNotFoundError @internal */
  describe(): Promise<WorkflowExecutionDescription> {
    return this.execution.describe();
  }

  /** Returns the task queue of the batch's workflow. @internal */
  async taskQueue(): Promise<string> {
    return (await this.execution.describe()).taskQueue;
  }

  private waitForInput(): Promise<BatchInput> {
    return this.execution.query(BatchQueries.batchInput, [], { waitForWorker: true });
  }

  /** Reads whether all pages are stored, and the digest of all items. Waits for a worker. @internal */
  async storageState(): Promise<{ allPagesStored: boolean; digest?: string }> {
    const finalState = await this.finalStorageState();
    if (finalState) return finalState;
    try {
      const { allPagesStored } = await this.execution.query<BatchState>(BatchQueries.batchState, [], {
        waitForWorker: true,
      });
      return (await this.finalStorageState()) ?? { allPagesStored };
    } catch (error) {
      // The batch has ended in the meantime, for example because it refused its input.
      const closed = await this.finalStorageState();
      if (closed) return closed;
      throw error;
    }
  }

  /** The final state of the storage, read from the memo without a worker; `undefined` while pages may be added. */
  private async finalStorageState(): Promise<{ allPagesStored: true; digest?: string } | undefined> {
    const description = await this.execution.describe();
    const isFinal = hasMemo(description, ITEMS_DIGEST_MEMO_KEY) || description.status.name !== 'RUNNING';
    return isFinal ? { allPagesStored: true, digest: readMemo(description, ITEMS_DIGEST_MEMO_KEY) } : undefined;
  }

  /** Whether the items could not be read to their end, so that the batch has failed or is about to. @internal */
  async hasSourceFailed(): Promise<boolean> {
    return hasMemo(await this.execution.describe(), SOURCE_FAILED_MEMO_KEY);
  }

  /** @internal */
  async requestCancel(): Promise<void> {
    await this.execution.requestCancel();
  }

  /** Waits for the end. Returns the result; for a batch that failed, the partial result in its memo. */
  private finalResult(): Promise<BatchResult> {
    return this.result().catch(async (error: unknown) => {
      const reached = readMemo<BatchResult>(await this.execution.describe(), BATCH_RESULT_MEMO_KEY);
      if (!reached) throw error;
      return reached;
    });
  }

  private async readCancelledResult(ended?: WorkflowExecutionDescription): Promise<BatchResult> {
    const result = readMemo<BatchResult>(ended ?? (await this.execution.describe()), BATCH_RESULT_MEMO_KEY);
    if (result) return result;
    const problem = 'was cancelled, and its memo has no result that this client can decode';
    throw new DuvoBatchError('Canceled', `the batch ${this.workflowId} ${problem}`, this.workflowId);
  }

  /** Sends a message. The batch may continue as new meanwhile; its next run then receives the message. */
  private async callIfOpen<T>(send: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.execution.call(send);
      } catch (error) {
        if (!(error instanceof BatchNotFoundError)) throw error;
        const { status } = await this.execution.describe();
        if (status.name !== 'RUNNING')
          throw new WorkflowConflictError(this.workflowId, `the batch ${this.workflowId} has ended (${status.name})`);
        if (attempt === MAX_SEND_ATTEMPTS) throw error;
      }
    }
  }
}
