/**
 * The wire contract of batches: names and JSON shapes that clients in any language use and that histories contain
 * (docs/reference/wire-contract.md).
 */
import { runWorkflowId } from '../names';
import type { AgentRunInput } from '../run-input';
import type { BatchTotals } from './batch-rows';

export * from './batch-rows';

/** Workflow types: a batch, one of its pages, the store of a page's items, and an item that is a case. */
export const BATCH_WORKFLOW_TYPE = 'batch';
export const BATCH_PAGE_WORKFLOW_TYPE = 'batchPage';
export const BATCH_ITEMS_WORKFLOW_TYPE = 'batchItems';
export const BATCH_CASE_WORKFLOW_TYPE = 'batchCase';

export const BatchSignals = {
  /** Payload {@link PagesAdded}: pages are stored; `allPagesStored` says that no more follow. */
  pagesAdded: 'pagesAdded',
  /** Payload {@link SourceFailed}: the items cannot be read to their end. The batch fails once its running items have ended. */
  sourceFailed: 'sourceFailed',
  pause: 'pause',
  resume: 'resume',
} as const;
/** `[{concurrency}]`. Returns the concurrency that applied before. */
export const BatchUpdates = { setConcurrency: 'setConcurrency' } as const;
export const BatchQueries = {
  /** Returns {@link BatchState}. */
  batchState: 'batchState',
  /** Returns {@link BatchInput}. */
  batchInput: 'batchInput',
  /** Query of a page. Returns {@link PageState}. */
  pageState: 'pageState',
} as const;

/** Queries and signals of a page's store (workflow `batchItems`). */
export const PageStore = {
  /** Query that returns the items. */
  items: 'items',
  /** Query that returns {@link ItemRow}[] once the page has ended. */
  rows: 'rows',
  /** Signal from the page with its rows. */
  storeRows: 'storeRows',
  /** Signal that ends the store. */
  close: 'close',
} as const;

/** Memo field of a batch that was cancelled or failed: its {@link BatchResult}, since such a workflow returns no result. */
export const BATCH_RESULT_MEMO_KEY = 'duvoBatch';

/** Memo field of a batch whose items could not be read to their end: the failure type. The same key starts it anew. */
export const SOURCE_FAILED_MEMO_KEY = 'duvoSourceFailed';

/** Memo field of a batch whose pages are all stored: the digest of its items that its caller sent. */
export const ITEMS_DIGEST_MEMO_KEY = 'duvoBatchItems';

/** Memo field of a page store that a worker started: `originalExecutionRunId` of its batch. */
export const BATCH_RUN_ID_MEMO_KEY = 'duvoBatchRun';
/** Memo field of an item's workflow: `{index, attempt}`. Of two items with one key, it has the index of the first. */
export const BATCH_ITEM_MEMO_KEY = 'duvoItem';
/** Memo field of `batchCase`: Duvo's id of the case, once it is known. */
export const CASE_ID_MEMO_KEY = 'duvoCase';

/** Search attribute (Keyword) of an item's workflow: the workflow id of its batch. */
export const BATCH_ID_SEARCH_ATTRIBUTE = 'DuvoBatchId';

/** Limits of one page. */
export const MAX_PAGE_ITEMS = 500;
export const MAX_PAGE_BYTES = 128 * 1024;

/** An item: any JSON value. The template's placeholders refer to its fields. */
export type BatchItem = unknown;

/**
 * The workflow that each item starts. Texts may contain placeholders: `{{number}}` is the item's field `number`, and
 * `{{item}}` is the whole item. A text that consists of one placeholder keeps the type of the field.
 */
export type BatchTemplate =
  | { run: AgentRunInput }
  /** Any workflow. Its only argument is `input`, by default the item. Its default task queue is the batch's. */
  | { workflow: { type: string; taskQueue?: string; input?: unknown } }
  /** A case in a queue. The item ends when the case is completed or failed. */
  | { case: { queueId: string; title: string; data?: string; priority?: string; labels?: (string | CaseLabel)[] } };

/** A label of a case. A plain text in place of it is a label without a key. */
export interface CaseLabel {
  key?: string;
  value: string;
}

/** Temporal's task priority: order by `priorityKey`, and weighted shares among `fairnessKey`s. */
export interface BatchPriority {
  priorityKey?: number;
  fairnessKey?: string;
  fairnessWeight?: number;
}

/** A source that the workers read when the batch starts. It is part of the batch's history: put no secret into it. */
export interface BatchSource {
  /** An absolute path that every worker of the task queue can read, or an http or https URL without user and password. */
  from: string;
  /** @default from the server's Content-Type, otherwise from the extension (.csv, .tsv, .ndjson, .jsonl, .json) */
  format?: 'csv' | 'ndjson' | 'json';
  /** Delimiter of CSV. @default the one in a first line `sep=;`, otherwise ',', and a tab for .tsv */
  delimiter?: string;
  /** Whether a source without items is allowed. Otherwise the batch fails, because an empty file is mostly a mistake. @default false */
  allowEmpty?: boolean;
}

/** Input of the workflow `batch`. */
export interface BatchInput {
  template: BatchTemplate;
  /** Items that fit one page. Without `items` and `source`, the client stores pages and sends the signal `pagesAdded`. */
  items?: BatchItem[];
  /** In place of `items`: a source that the workers read. */
  source?: BatchSource;
  /** How many items run at a time, 1 to 500. @default 10 */
  concurrency?: number;
  /**
   * Field of an item that is its business key. An item that is a run shares its key with `runs.start`: it is not started
   * again while a run with this key is open or completed. @default the item's position in the batch
   */
  keyField?: string;
  /** Maximum number of attempts of an item, 1 to 100. @default 1 */
  attempts?: number;
  /** The batch starts no more items once this share of the ended items has failed; above 0, up to 1. @default never */
  stopAtFailureShare?: number;
  /** `stopAtFailureShare` applies only after this many items have ended. @default 10 */
  stopNotBefore?: number;
  /** Task queue of the Duvo activities. @default 'duvo-api' */
  apiTaskQueue?: string;
  /** Priority of the items' workflows. */
  priority?: BatchPriority;
}

/** Why the items of a batch cannot be read: the failure that the batch ends with. */
export interface SourceFailed {
  type: string;
  message: string;
}

export interface PagesAdded {
  /** Number of pages stored so far, and of the items in them. */
  pages: number;
  items: number;
  /** No more pages follow. */
  allPagesStored?: boolean;
  /** Together with `allPagesStored`: a digest of all items, so that a later call with the same key can compare its items. */
  digest?: string;
}

/** Input of the workflow `batchCase`. */
export interface BatchCaseInput {
  queueId: string;
  case: { title: string; data?: string; priority?: string; labels?: CaseLabel[] };
}

export interface BatchCaseResult {
  caseId: string;
  status: string;
}

/** Why a batch starts no more items: too many failures, a cancellation, or a source that cannot be read to its end. */
export type BatchStopReason = 'failures' | 'canceled' | 'source';

/** Result of the workflow `batch`. The stores of its pages (`<batch id>/items/<n>`) hold the rows. */
export interface BatchResult extends BatchTotals {
  items: number;
  pages: number;
  /** Number of pages that were started, from the first one on. The items of the others were not started. */
  pagesStarted: number;
  /** Why the batch did not start all items; absent when it did. */
  stopped?: BatchStopReason;
}

/** Result of the query `batchState`. Its counts cover the pages that have ended; the query `pageState` covers the active pages. */
export interface BatchState extends BatchTotals {
  concurrency: number;
  paused: boolean;
  allPagesStored: boolean;
  /** Pages, and items in them, that are stored so far. */
  pages: number;
  items: number;
  pagesDone: number;
  activePages: number[];
  stopped?: BatchStopReason;
}

/** Result of the query `pageState`. */
export interface PageState extends BatchTotals {
  items: number;
  itemsStarted: number;
  itemsInFlight: number;
  slots: number;
  /** Whether the page has received the pause. */
  paused: boolean;
}

/** Workflow ids of a page's store and of the page. Page numbers start at 1. */
export const pageStoreWorkflowId = (batchId: string, page: number) => `${batchId}/items/${page}`;
export const pageWorkflowId = (batchId: string, page: number) => `${batchId}/page/${page}`;

/** Workflow id of an item. */
export function itemWorkflowId(batchId: string, template: BatchTemplate, row: { index: number; key?: string }): string {
  if (row.key === undefined) return `${batchId}/item/${row.index}`;
  return 'run' in template ? runWorkflowId(row.key) : `${batchId}/item/${row.key}`;
}
