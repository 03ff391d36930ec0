import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { inputDigest } from '../../items/input-digest';
import { BatchItemError } from '../../items/errors/item-error';
import { isUrl } from '../../items/sources/open-source';
import type { ItemSource, ItemSourceOptions } from '../../items/read-items';
import { splitIntoPages } from '../../items/split-into-pages';
import { BatchSourceError } from '../../items/errors/source-error';
import { SourceItems } from '../../items/source-items';
import { digestItems, PageDiffersError, type PageTarget, storePages, signalPagesAdded } from '../../items/store-pages';
import {
  BATCH_WORKFLOW_TYPE,
  type BatchInput,
  type BatchItem,
  MAX_PAGE_BYTES,
  MAX_PAGE_ITEMS,
} from '../../contract/batches/batch-contract';
import { DEFAULT_TASK_QUEUE, MemoKeys } from '../../contract/names';
import type { TaskQueueOptions } from '../temporal/start-options';
import { DuvoBatch } from './batch';
import { peekFirstItem } from './peek-first-item';
import { checkBatch } from './check-batch';
import { type BatchSummary, listBatches, type ListBatchesOptions } from './list-batches';
import { InvalidInputError, isAlreadyStarted, KeyConflictError } from '../errors';

/** What a batch does with its items: `BatchInput` without the items themselves. */
export type BatchOptions = Omit<BatchInput, 'items' | 'source'> & {
  /** Names the batch, e.g. `catalogue-2026-11-24`. The same key continues the same batch. @default a random key */
  key?: string;
};

export interface BatchSourceOptions extends ItemSourceOptions {
  /** Whether this process or the workers read the source. @default 'client' */
  readBy?: 'client' | 'workers';
}

/** Receives the number of items of a batch that are stored so far. */
export type OnStored = (items: number, batch: DuvoBatch) => void;

/** Starts, finds and lists batches: many items through one template. */
export class BatchesClient {
  constructor(
    private readonly client: Client,
    private readonly options: TaskQueueOptions = {},
  ) {}

  /**
   * Starts a batch and stores its items in Temporal, page by page, while the batch runs. Returns when all items are
   * stored; from then on the batch needs only the workers. At most one page of items is in memory.
   *
   * The same key with the same items continues a batch whose storing was interrupted, and attaches to a batch that runs or
   * has ended. No item is done twice.
   *
   * @param onStored receives the number of stored items: first 0, when the batch has started, then one call for each page
   * @throws InvalidInputError when an option is invalid, or no item could satisfy the template; nothing is started
   * @throws KeyConflictError when the key belongs to a batch with other options or other items
   * @throws BatchItemError when an item cannot be stored, with the item's place; the batch is then cancelled. A batch
   * without a key is cancelled by every error while its items are read, since no later call could continue it
   */
  async start(
    items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
    { key, ...options }: BatchOptions,
    onStored?: OnStored,
  ): Promise<DuvoBatch> {
    return this.startAndStore(this.buildInput(options), key, items, onStored);
  }

  private async startAndStore(
    input: BatchInput,
    key: string | undefined,
    items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
    onStored?: OnStored,
  ): Promise<DuvoBatch> {
    const { taskQueue = DEFAULT_TASK_QUEUE } = this.options;
    const { batch, isNew } = await this.startOrAttach(input, key);
    const { workflowId } = batch;
    onStored?.(0, batch);
    // A new batch has no pages, so there is nothing to query.
    const storage = isNew ? { allPagesStored: false } : await batch.storageState();
    if (storage.allPagesStored) {
      const hasOtherItems = storage.digest !== undefined && storage.digest !== (await digestItems(items));
      if (hasOtherItems) throw new KeyConflictError(key ?? workflowId, workflowId, 'other items');
      return batch;
    }
    const target: PageTarget = { client: this.client, batchId: workflowId, taskQueue };
    try {
      const progress = await storePages(target, items, { onStored: ({ items }) => onStored?.(items, batch) });
      await signalPagesAdded(target, { ...progress, allPagesStored: true });
    } catch (error) {
      if (error instanceof PageDiffersError)
        throw new KeyConflictError(key ?? workflowId, workflowId, `other items on page ${error.page}`);
      // The caller gets the cause, also when the cancel fails, for example because Temporal is not reachable.
      if (key === undefined || isPermanentError(error)) await batch.requestCancel().catch(() => undefined);
      throw error;
    }
    return batch;
  }

  /**
   * Starts a batch like {@link start}, with items from a CSV file, a file with one JSON value per line (NDJSON) or a file
   * with a JSON array, at a path or an http or https URL. The source is streamed. A file is read to its end before anything
   * is started, so that its errors are reported first. Of a URL or of bytes, only the first item is read before the start.
   *
   * With `readBy: 'workers'`, the call returns at once. The source must then be an absolute path, or a URL without user and
   * password, that every worker of the Duvo activities can read. The batch's history holds the source, so `headers` are
   * refused.
   *
   * @throws BatchSourceError with the line. When the connection to a URL breaks, the same key continues the batch. Without
   * a key, or when an item is invalid, the batch is cancelled
   * @throws InvalidInputError as {@link start}, and when the workers cannot read the source
   */
  async startFromSource(
    source: ItemSource,
    { readBy = 'client', ...options }: BatchOptions & BatchSourceOptions,
    onStored?: OnStored,
  ): Promise<DuvoBatch> {
    if (readBy === 'workers') return this.startFromWorkers(source, options);
    const { format, delimiter, headers, signal, key, ...batchOptions } = options;
    const input = this.buildInput(batchOptions);
    const items = new SourceItems(source, { format, delimiter, headers, signal });
    try {
      if (typeof source !== 'string' || isUrl(source)) return await this.peekAndStart(input, key, items, onStored);
      for await (const _page of splitIntoPages(items, MAX_PAGE_ITEMS, MAX_PAGE_BYTES));
      return await this.startAndStore(input, key, items, onStored);
    } catch (error) {
      throw items.toSourceError(error);
    }
  }

  private async startFromWorkers(
    source: ItemSource,
    { key, format, delimiter, headers, signal: _signal, ...options }: BatchOptions & ItemSourceOptions,
  ): Promise<DuvoBatch> {
    if (typeof source !== 'string')
      throw new InvalidInputError(
        'source',
        'is neither a path nor a URL, so the workers cannot read it: leave readBy out',
      );
    if (headers)
      throw new InvalidInputError('headers', 'would be stored in the history: give a URL that needs no headers');
    const itemSource = { from: source, ...(format && { format }), ...(delimiter && { delimiter }) };
    const { batch } = await this.startOrAttach(this.buildInput({ ...options, source: itemSource }), key);
    return batch;
  }

  /** Returns the batch of a workflow id, without a check that it exists. */
  get(workflowId: string): DuvoBatch {
    return new DuvoBatch(this.client, workflowId);
  }

  /** Lists batches, the newest first, as visibility shows them (within a second or two). @throws InvalidInputError */
  list(options?: ListBatchesOptions): AsyncIterable<BatchSummary> {
    return listBatches(this.client, options);
  }

  /**
   * Starts a new batch from the items of an ended batch that did not complete: failed, canceled or not started.
   *
   * @param changes the options that differ from those of the ended batch
   */
  async redrive(
    workflowId: string,
    { key, ...changes }: Partial<BatchOptions> = {},
    onStored?: OnStored,
  ): Promise<DuvoBatch> {
    const previous = this.get(workflowId);
    const { items: _items, source: _source, ...options } = await previous.options();
    return this.peekAndStart(this.buildInput({ ...options, ...changes }), key, previous.unfinishedItems(), onStored);
  }

  /** Reads the first item before anything is started, so that a source that cannot be read starts nothing. */
  private async peekAndStart(
    input: BatchInput,
    key: string | undefined,
    items: AsyncIterable<BatchItem>,
    onStored?: OnStored,
  ): Promise<DuvoBatch> {
    const peeked = await peekFirstItem(items);
    try {
      return await this.startAndStore(input, key, peeked, onStored);
    } finally {
      await peeked.close();
    }
  }

  /** @throws InvalidInputError */
  private buildInput(options: BatchInput): BatchInput {
    const { apiTaskQueue } = this.options;
    const input: BatchInput = { ...(apiTaskQueue && { apiTaskQueue }), ...options };
    InvalidInputError.fromCheck(() => checkBatch(input));
    return input;
  }

  /** Starts the batch's workflow, or attaches to the one that has the key. */
  private async startOrAttach(
    input: BatchInput,
    key: string | undefined,
  ): Promise<{ batch: DuvoBatch; isNew: boolean }> {
    const { taskQueue = DEFAULT_TASK_QUEUE } = this.options;
    const workflowId = `duvo-batch-${key ?? randomUUID()}`;
    const digest = inputDigest(input);
    const batch = new DuvoBatch(this.client, workflowId, true);
    try {
      await this.client.workflow.start(BATCH_WORKFLOW_TYPE, {
        workflowId,
        taskQueue,
        args: [input],
        memo: { [MemoKeys.inputDigest]: digest, ...(key !== undefined && { [MemoKeys.key]: key }) },
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        ...(input.priority && { priority: input.priority }),
      });
      return { batch, isNew: true };
    } catch (error) {
      if (!isAlreadyStarted(error)) throw error;
      const { memo } = await this.client.workflow.getHandle(workflowId).describe();
      if (memo?.[MemoKeys.inputDigest] !== digest) throw new KeyConflictError(key ?? workflowId, workflowId);
      return { batch, isNew: false };
    }
  }
}

/** Whether the items are invalid, so that a retry would fail as well. */
function isPermanentError(error: unknown): boolean {
  return error instanceof BatchItemError || (error instanceof BatchSourceError && error.kind !== 'interrupted');
}
