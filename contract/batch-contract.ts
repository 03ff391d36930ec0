/**
 * The wire contract of batches: names and JSON shapes that clients in any language use, and that histories keep. Changed
 * by addition only (docs/wire-contract.md). Imports nothing at run time.
 */
import type { AgentRunInput, CancelOutcome } from './runs';

/** The workflow type of a batch, of one page of it, of the store of a page's items, and of an item that is a case. */
export const BATCH_WORKFLOW_TYPE = 'batch';
export const BATCH_PAGE_WORKFLOW_TYPE = 'batchPage';
export const BATCH_ITEMS_WORKFLOW_TYPE = 'batchItems';
export const BATCH_CASE_WORKFLOW_TYPE = 'batchCase';

export const BatchSignals = {
  /** {@link PagesAdded}: pages are stored; `sealed` says that no more will come. */
  pagesAdded: 'pagesAdded',
  pause: 'pause',
  resume: 'resume',
} as const;
/** `[{concurrency}]`. Returns the concurrency that applied before. */
export const BatchUpdates = { setConcurrency: 'setConcurrency' } as const;
export const BatchQueries = {
  /** → {@link BatchState} */
  batchState: 'batchState',
  /** → {@link BatchInput} */
  batchInput: 'batchInput',
  /** Of a page → {@link PageState} */
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

/** Field of the memo of a batch that was cancelled, or failed: its {@link BatchResult}, since such a workflow has none. */
export const BATCH_RESULT_MEMO_KEY = 'duvoBatch';

/** Field of the memo of a batch that is stored to its end: the digest of its items that its caller gave. */
export const ITEMS_DIGEST_MEMO_KEY = 'duvoBatchItems';

/** Field of the memo of a page's store that the workers made: the run of the batch that it belongs to. */
export const BATCH_RUN_ID_MEMO_KEY = 'duvoBatchRun';
/** Field of the memo of what a batch starts: `{index, attempt}`; of two items with one key, the first one's index. */
export const BATCH_ITEM_MEMO_KEY = 'duvoItem';
/** Field of the memo of `batchCase`: Duvo's id of the case, once it is known. */
export const CASE_ID_MEMO_KEY = 'duvoCase';

/** Search attribute of what a batch starts. Keyword: the batch's workflow id. */
export const BATCH_ID_SEARCH_ATTRIBUTE = 'DuvoBatchId';

/** A page: at most so many items, and so many bytes of JSON. */
export const MAX_PAGE_ITEMS = 500;
export const MAX_PAGE_BYTES = 128 * 1024;

/** An item: what a template's placeholders stand for. */
export type BatchItem = unknown;

/**
 * What is started for each item. Text may hold placeholders: `{{number}}` is the item's field `number`, `{{item}}` the
 * whole item; a text that is one placeholder keeps the field's type.
 */
export type BatchTemplate =
  | { run: AgentRunInput }
  /** Any workflow, whose one argument is `input`, by default the item. @default taskQueue the batch's own */
  | { workflow: { type: string; taskQueue?: string; input?: unknown } }
  /** A case of a queue, followed until it is done. */
  | { case: { queueId: string; title: string; data?: string; priority?: string; labels?: (string | CaseLabel)[] } };

/** A label of a case; a text alone is one without a key. */
export interface CaseLabel {
  key?: string;
  value: string;
}

/** Temporal's own words: which task is taken first, and how turns are shared. */
export interface BatchPriority {
  priorityKey?: number;
  fairnessKey?: string;
  fairnessWeight?: number;
}

/** Items that the workers read when the batch starts. All of this stands in the batch's history: no secret goes in. */
export interface BatchSource {
  /** An absolute path that every worker of the task queue can read, or an http or https URL without user and password. */
  from: string;
  /** @default by the name's extension (.csv, .tsv, .ndjson, .jsonl, .json), else by the server's Content-Type */
  format?: 'csv' | 'ndjson' | 'json';
  /** Of CSV. @default ',' (of .tsv, a tab) */
  delimiter?: string;
}

/** Input of the workflow `batch`. */
export interface BatchInput {
  template: BatchTemplate;
  /** Items, when they fit into one page. With neither these nor `source`, the client stores pages and tells of them. */
  items?: BatchItem[];
  /** In place of `items`: the workers read them. */
  source?: BatchSource;
  /** How many items are worked on at one time. @default 10 */
  concurrency?: number;
  /**
   * The field of an item that is its business key. For runs it is that of `runs.start`, too: an item whose run is
   * open or completed is not started again. @default the item's place in the batch
   */
  keyField?: string;
  /** How often an item is tried until it completes. @default 1 */
  attempts?: number;
  /** The batch starts nothing more once this share of the items that ended has failed, 0 to 1. @default never */
  stopAtFailureShare?: number;
  /** … but not before so many have ended. @default 10 */
  stopNotBefore?: number;
  /** Task queue of the Duvo activities. @default 'duvo-api' */
  apiTaskQueue?: string;
  /** Passed to all that the batch starts. */
  priority?: BatchPriority;
}

export interface PagesAdded {
  /** Pages, and items in them, so far. */
  pages: number;
  items: number;
  /** No more pages will come. */
  allPagesStored?: boolean;
  /** With `sealed`: a digest of all items, for a caller that comes again. */
  digest?: string;
}

export type ItemStatus = 'completed' | 'failed' | 'canceled' | 'not-started';

/** What became of one item. */
export interface ItemRow {
  /** The item's place in the batch, from 0. */
  index: number;
  key?: string;
  status: ItemStatus;
  /** Failure type, such as `Duvo.RunFailed`. */
  type?: string;
  /** Absent when it was not started. */
  attempts?: number;
  /** Of a run: Duvo's id of it. */
  runId?: string;
  /** Of a case: Duvo's id of it. */
  caseId?: string;
  /** The first item of the batch that has the same key: both are one piece of work, and this row says what became of it. */
  duplicateOf?: number;
  /** It was there already: another batch has started it, or `runs.start`. */
  alreadyStarted?: true;
  /** Of a canceled one: what came of the cancel. */
  cancel?: CancelOutcome;
}

/** What came of the cancels of a batch's items, counted. */
export interface CancelCounts {
  confirmed: number;
  alreadyFinished: number;
  unconfirmed: number;
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

/** How many items came to what. A duplicate counts as what it is a duplicate of came to. */
export interface BatchTotals {
  completed: number;
  failed: number;
  canceled: number;
  notStarted: number;
  /** So many of them are duplicates; absent when none is. */
  duplicates?: number;
  /** So many of them were there already; absent when none was. */
  alreadyStarted?: number;
  /** What came of the cancels of those that are canceled; absent when none is. */
  cancel?: CancelCounts;
}

/** Why a batch starts nothing more: too many failures, cancelled by somebody, or its source cannot be read to its end. */
export type BatchStopReason = 'failures' | 'canceled' | 'source';

/** Result of the workflow `batch`. The rows are with the stores of its pages, `<batch id>/items/<n>`. */
export interface BatchResult extends BatchTotals {
  items: number;
  pages: number;
  /** Why it did not start all. */
  stopped?: BatchStopReason;
}

/** Result of the query `batchState`: the pages that are done. Those in `active` tell of themselves by `pageState`. */
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
  /** Whether it has heard of the pause. */
  paused: boolean;
}

/** The workflow that holds a page's items, and the one that works on them. Pages count from 1. */
export const pageStoreWorkflowId = (batchId: string, page: number) => `${batchId}/items/${page}`;
export const pageWorkflowId = (batchId: string, page: number) => `${batchId}/page/${page}`;

/** The workflow of an item. */
export function itemWorkflowId(batchId: string, template: BatchTemplate, row: { index: number; key?: string }): string {
  if (row.key === undefined) return `${batchId}/item/${row.index}`;
  return 'run' in template ? `duvo-run-${row.key}` : `${batchId}/item/${row.key}`;
}
