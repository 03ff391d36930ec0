import type { BatchPlan } from '../../contract/batch-input';
import type { BatchTotals } from '../../contract/batch-contract';
import { countTotals } from './batch-totals';

/** What continue-as-new carries: plain JSON. No page is under way then. */
export interface BatchMemory {
  width: number;
  paused: boolean;
  sealed: boolean;
  /** Pages, and items in them, that are stored so far. */
  pages: number;
  items: number;
  /** The page to start next, from 1. */
  next: number;
  /** Pages that have to be taken up again, in order, with how often they died; `begun` when they may have started items. */
  again: { page: number; deaths: number; begun: boolean }[];
  done: number;
  totals: BatchTotals;
}

export function newBatchMemory({ concurrency, items }: BatchPlan): BatchMemory {
  const count = items?.length ?? 0;
  return {
    width: concurrency,
    paused: false,
    sealed: items !== undefined,
    pages: count > 0 ? 1 : 0,
    items: count,
    next: 1,
    again: [],
    done: 0,
    totals: countTotals([]),
  };
}
