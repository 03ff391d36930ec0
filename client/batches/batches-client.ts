import type { Client } from '@temporalio/client';
import { isReadableTwice, isUrl, type ItemSource } from '../../items/sources/open-source';
import type { ItemSourceOptions } from '../../items/read-items';
import { SourceItems } from '../../items/source-items';
import { digestItems, type StoreProgress } from '../../items/store-pages';
import type { BatchInput, BatchItem, ItemRow } from '../../contract/batches/batch-contract';
import { parseBatchInput } from '../../contract/batches/batch-input';
import { findItemProblem, type ItemRules } from '../../contract/batches/check-item';
import { STARTER } from '../../contract/gates/gate-policy';
import { failInvalidInput, nonEmptyString, upToBytes } from '../../contract/input-checks';
import { requiredItemFields } from '../../contract/batches/template';
import { DEFAULT_API_TASK_QUEUE, DEFAULT_TASK_QUEUE } from '../../contract/names';
import { startedByMemo, type TaskQueueOptions } from '../temporal/start-options';
import { DuvoBatch, type UnfinishedOptions } from './batch';
import { fillBatch, type OnStored } from './fill-batch';
import { batchWorkflowId, type BatchToOpen, openBatch } from './open-batch';
import { peekFirstItem } from './peek-first-item';
import { type BatchSummary, listBatches, type ListBatchesOptions } from './list-batches';
import { planRedrive } from './redrive-chain';
import { InvalidInputError, NothingToRedriveError } from '../errors';

/** The workflow ids of pages and items begin with the key, and servers on PostgreSQL or MySQL limit ids to 255 characters. */
const MAX_KEY_BYTES = 200;

/** What a batch does with its items: `BatchInput` without the items themselves. */
export type BatchOptions = Omit<BatchInput, 'items' | 'source'> & {
  /** Names the batch, e.g. `catalogue-2026-11-24`. The same key continues the same batch. @default a random key */
  key?: string;
  /**
   * The person who starts the batch, as the identity provider names them. The items' workflows inherit the name, and the
   * policy of a gate can exclude this person. At most 200 bytes. @default not known
   */
  startedBy?: string;
};

export interface BatchSourceOptions extends Omit<ItemSourceOptions, 'requiredFields' | 'access'> {
  /** Whether this process or the workers read the source. @default 'client' */
  readBy?: 'client' | 'workers';
  /** Whether a source without items starts a batch without items. Otherwise it is an error. @default false */
  allowEmpty?: boolean;
}

/** What a redrive changes, and which items it takes. */
export interface RedriveOptions extends Partial<BatchOptions>, UnfinishedOptions {
  /** Task queue of the new batch. @default the queue of the ended batch */
  taskQueue?: string;
}

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
   * @param onStored receives the number of stored items: first 0, when the batch has started or was found, then one call
   * for each page
   * @throws InvalidInputError when an option is invalid, or no item could satisfy the template; nothing is started
   * @throws KeyConflictError when the key belongs to a batch with other options or other items
   * @throws BatchItemError when an item cannot be stored, with the item's place; the batch then fails, and the same key
   * starts it anew. A batch without a key is cancelled by every error while its items are read, since no later call could
   * continue it
   */
  async start(
    items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
    { key, ...options }: BatchOptions,
    onStored?: OnStored,
  ): Promise<DuvoBatch> {
    const readAgain = Array.isArray(items) ? () => items as BatchItem[] : undefined;
    return fillBatch(this.toOpen(options, key), items, { onStored, readAgain });
  }

  /**
   * Starts a batch like {@link start}, with items from a CSV file, a file with one JSON value per line (NDJSON) or a file
   * with a JSON array, at a path or an http or https URL. The source is streamed. A regular file is read to its end before
   * anything is started, so that its errors are reported first. Of a URL, a pipe or bytes, only the first item is read
   * before the start. A CSV file must have the columns that the template and `keyField` need. An item that does not fit the
   * template, or has no key, is refused with its line.
   *
   * With `readBy: 'workers'`, the call returns at once. The source must then be an absolute path, or a URL without user and
   * password, that every worker of the Duvo activities can read. The batch's history holds the source, so `headers` are
   * refused.
   *
   * @throws BatchSourceError with the line. When the connection to a URL breaks, the same key continues the batch. When an
   * item is invalid, the batch fails, and the same key starts it anew. A batch without a key is cancelled
   * @throws InvalidInputError as {@link start}, and when the workers cannot read the source
   */
  async startFromSource(
    source: ItemSource,
    { readBy = 'client', ...options }: BatchOptions & BatchSourceOptions,
    onStored?: OnStored,
  ): Promise<DuvoBatch> {
    if (readBy === 'workers') return this.startFromWorkers(source, options);
    const { format, delimiter, headers, signal, allowEmpty, key, ...batchOptions } = options;
    const toOpen = this.toOpen(batchOptions, key);
    const { template, keyField } = batchOptions;
    const rules: ItemRules = { batchId: batchWorkflowId(key), template, keyField };
    const sourceOptions = { format, delimiter, requiredFields: requiredItemFields(rules), headers, signal };
    const read = () => new SourceItems(source, sourceOptions, (item) => findItemProblem(rules, item));
    const items = read();
    const readAgain = typeof source === 'string' && isUrl(source) ? read : undefined;
    const toSourceError = (error: unknown) => items.toSourceError(error);
    try {
      if (await isReadableTwice(source)) {
        const first = await digestItems(items);
        if (items.count === 0 && !allowEmpty) throw items.emptyError();
        const checkStored = ({ digest }: StoreProgress) => {
          if (digest !== first) throw items.changedError();
        };
        return await fillBatch(toOpen, items, { onStored, toSourceError, checkStored, readAgain: read });
      }
      const peeked = await peekFirstItem(items);
      if (peeked.isEmpty && !allowEmpty) throw items.emptyError();
      return await fillBatch(toOpen, peeked, { onStored, toSourceError, readAgain }).finally(() => peeked.close());
    } catch (error) {
      throw toSourceError(error);
    }
  }

  private async startFromWorkers(
    source: ItemSource,
    { key, format, delimiter, allowEmpty, headers, signal: _signal, ...options }: BatchOptions & BatchSourceOptions,
  ): Promise<DuvoBatch> {
    if (typeof source !== 'string')
      throw new InvalidInputError(
        'source',
        'is neither a path nor a URL, so the workers cannot read it: leave readBy out',
      );
    if (headers)
      throw new InvalidInputError('headers', 'would be stored in the history: give a URL that needs no headers');
    const itemSource = {
      from: source,
      ...(format && { format }),
      ...(delimiter && { delimiter }),
      ...(allowEmpty && { allowEmpty }),
    };
    const { batch } = await openBatch(this.toOpen({ ...options, source: itemSource }, key));
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
   * Starts a new batch from the items of an ended batch that did not complete: failed, canceled or not started. The new
   * batch has the task queues of the ended one.
   *
   * Without a key, the redrives of a batch form a chain. A call while the latest redrive runs attaches to it. A call after its
   * end runs the items that did not complete in it. With a key, the items of exactly the named batch are run again.
   *
   * @param changes the options that differ from those of the ended batch
   * @throws NothingToRedriveError when no item is to be run again; nothing is started
   * @throws WorkflowConflictError when the batch still runs
   */
  async redrive(
    workflowId: string,
    { key, taskQueue, includeUnknown, onLeftOut, ...changes }: RedriveOptions = {},
    onStored?: OnStored,
  ): Promise<DuvoBatch> {
    const description = await this.get(workflowId).describe();
    const plan = await planRedrive(this.client, description, { key, includeUnknown });
    const previous = this.get(plan.previousId);
    const { items: _items, source: _source, ...options } = await previous.options();
    const { apiTaskQueue = DEFAULT_API_TASK_QUEUE } = options;
    const queues = { apiTaskQueue, taskQueue: taskQueue ?? (await previous.taskQueue()) };
    let leftOut = 0;
    const countLeftOut = (row: ItemRow) => {
      leftOut++;
      onLeftOut?.(row);
    };
    // Reads the first item before anything is started, so that a batch that cannot be read starts nothing.
    const peeked = await peekFirstItem(previous.unfinishedItems({ includeUnknown, onLeftOut: countLeftOut }));
    if (peeked.isEmpty) throw new NothingToRedriveError(plan.previousId, leftOut);
    const again = new BatchesClient(this.client, queues).toOpen({ ...options, ...changes }, plan.key);
    return fillBatch(again, peeked, { onStored }).finally(() => peeked.close());
  }

  /** @throws InvalidInputError */
  private toOpen({ startedBy, ...options }: BatchInput & { startedBy?: string }, key: string | undefined): BatchToOpen {
    if (key?.trim() === '') throw new InvalidInputError('key', 'is blank: give the name of the batch, or no key');
    const { taskQueue = DEFAULT_TASK_QUEUE, apiTaskQueue } = this.options;
    const input: BatchInput = { ...(apiTaskQueue && { apiTaskQueue }), ...options };
    InvalidInputError.fromCheck(() => {
      if (key !== undefined) upToBytes(nonEmptyString, MAX_KEY_BYTES)(key, 'key');
      parseBatchInput(input);
      checkStarterKnown(input, startedBy);
    });
    return { client: this.client, taskQueue, input, key, memo: startedByMemo({ startedBy }) };
  }
}

/** Every item would fail when its policy excludes a starter who is not known. */
function checkStarterKnown({ template }: BatchInput, startedBy: string | undefined): void {
  const excludesStarter = 'run' in template && template.run?.gate?.exclude?.includes(STARTER);
  if (excludesStarter && startedBy === undefined)
    failInvalidInput('startedBy', "is missing: template.run.gate.exclude has 'starter', so name who starts the batch");
}
