import type { BatchTotals } from '../../contract/batches/batch-contract';
import type { BatchPlan } from '../../contract/batches/batch-input';
import { countTotals } from './page/batch-totals';

/** The state that continue-as-new carries: plain JSON. No page is running at that time. */
export interface BatchMemory {
  concurrency: number;
  paused: boolean;
  /** Whether all pages of the batch are stored. */
  allPagesStored: boolean;
  /** Number of pages, and of items in them, that are stored so far. */
  pages: number;
  items: number;
  /** Number of the page to start next, from 1. */
  nextPage: number;
  /** Pages to start again, in the order of their numbers. */
  pagesToRestart: PageRestart[];
  pagesDone: number;
  totals: BatchTotals;
}

export interface PageRestart {
  page: number;
  /** How often the page died. */
  crashes: number;
  /** Whether the page has had slots, so that it may have started items. */
  hasStarted: boolean;
}

export function newBatchMemory({ concurrency, items }: BatchPlan): BatchMemory {
  const count = items?.length ?? 0;
  return {
    concurrency,
    paused: false,
    allPagesStored: items !== undefined,
    pages: count > 0 ? 1 : 0,
    items: count,
    nextPage: 1,
    pagesToRestart: [],
    pagesDone: 0,
    totals: countTotals([]),
  };
}
