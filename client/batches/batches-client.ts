import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { inputDigest } from '../../items/input-digest';
import { BatchItemError } from '../../items/item-error';
import { isUrl } from '../../items/open-item-source';
import type { ItemSource, ItemSourceOptions } from '../../items/read-items';
import { splitIntoPages } from '../../items/split-into-pages';
import { BatchSourceError } from '../../items/source-error';
import { SourceItems } from '../../items/source-items';
import { digestItems, PageDiffersError, type PageTarget, storePages, signalPagesAdded } from '../../items/store-pages';
import {
  BATCH_WORKFLOW_TYPE,
  type BatchInput,
  type BatchItem,
  MAX_PAGE_BYTES,
  MAX_PAGE_ITEMS,
} from '../../contract/batch-contract';
import { DEFAULT_TASK_QUEUE, MemoKeys } from '../../contract/names';
import type { TaskQueueOptions } from '../temporal/start-options';
import { DuvoBatch } from './batch';
import { peekFirstItem } from './peek-first-item';
import { checkBatch } from './check-batch';
import { type BatchSummary, listBatches, type ListBatchesOptions } from './list-batches';
import { InvalidInputError, isAlreadyStarted, KeyConflictError } from '../errors';

/** What a batch does with its items; see `BatchInput`. */
export type BatchOptions = Omit<BatchInput, 'items' | 'source'> & {
  /** Names the batch, e.g. `catalogue-2026-11-24`: the same key goes on with the same batch. @default a random one */
  key?: string;
};

export interface BatchSourceOptions extends ItemSourceOptions {
  /** Who reads the source: this process, or the workers. @default 'client' */
  readBy?: 'client' | 'workers';
}

/** Is told how many items of a batch are stored so far. */
export type OnStored = (items: number, batch: DuvoBatch) => void;

/** What an application calls for many items. */
export class BatchesClient {
  constructor(
    private readonly client: Client,
    private readonly options: TaskQueueOptions = {},
  ) {}

  /**
   * Starts a batch and stores its items with Temporal, page by page, while it runs; comes back when all are stored. Then
   * the caller may go. Items are taken one after another, and never held but for one page.
   *
   * The same key again goes on with a batch whose storing was broken off, and attaches to one that runs or has run: no
   * item is done twice. Its items must be the same.
   *
   * @param onStored is told how many items are stored so far: first of none, when the batch is there
   * @throws InvalidInputError when an option is wrong, or no item could go by the template; nothing is started
   * @throws KeyConflictError when the key belongs to a batch with other options or other items
   * @throws BatchItemError when an item cannot be stored, with its place; the batch is then cancelled, as it is by any
   * failure of the items when it has no key by which they could go on
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
    // A new one has nothing: nobody needs to be asked.
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
      // What broke the items off counts, not that there is no Temporal, say, to cancel the batch.
      if (key === undefined || isPermanentError(error)) await batch.requestCancel().catch(() => undefined);
      throw error;
    }
    return batch;
  }

  /**
   * As {@link start}, with the items of a CSV file, a file of one JSON value a line (NDJSON) or a file of a JSON array, at
   * a path or an http or https URL: streamed, never held as a whole. A file is read to its end before anything is
   * started, so that what is wrong in it is said first; a URL or bytes to the first item, and the rest while the batch runs.
   *
   * With `readBy: 'workers'` it comes back at once: the source is an absolute path, or a URL without user and password,
   * that every worker of the Duvo activities can read. It stands in the batch's history, so no `headers` go with it.
   *
   * @throws BatchSourceError with the line. When a URL breaks off, the same key goes on with the batch; without a key, or
   * when something in it is wrong, the batch is cancelled. InvalidInputError, as {@link start}, and when the workers cannot
   * be asked so
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
      throw new InvalidInputError('source', 'is no path and no URL: bytes are only here, so leave readBy out');
    if (headers) throw new InvalidInputError('headers', 'would stand in the history: give a URL that needs none');
    const itemSource = { from: source, ...(format && { format }), ...(delimiter && { delimiter }) };
    const { batch } = await this.startOrAttach(this.buildInput({ ...options, source: itemSource }), key);
    return batch;
  }

  /** A batch by its workflow id, without asking whether there is one. */
  get(workflowId: string): DuvoBatch {
    return new DuvoBatch(this.client, workflowId);
  }

  /** The batches, newest first, as visibility shows them (within a second or two). */
  list(options?: ListBatchesOptions): AsyncIterable<BatchSummary> {
    return listBatches(this.client, options);
  }

  /**
   * A new batch of what did not complete in one that has ended: items that failed, were canceled or not started.
   *
   * @param changes options that differ from those of the first batch
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

  /** Takes the first item before anything is started. */
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

  /** Starts the batch's workflow, or finds it. */
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

/** Whether the items themselves are wrong, so that it would be no better another time. */
function isPermanentError(error: unknown): boolean {
  return error instanceof BatchItemError || (error instanceof BatchSourceError && error.kind !== 'interrupted');
}
