/** What a batch and its pages tell each other. */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { BatchPlan } from '../../contract/batch-input';
import {
  BatchQueries,
  type BatchStopReason,
  type BatchTotals,
  type ItemRow,
  type PageState,
} from '../../contract/batch-contract';

export interface PageInput extends Pick<BatchPlan, 'template' | 'keyField' | 'attempts' | 'apiTaskQueue' | 'priority'> {
  batchId: string;
  /** From 1. */
  page: number;
  /** Without them they are read from the page's store. */
  items?: unknown[];
  /** How many items it may have under way, to begin with. */
  slots: number;
  paused: boolean;
  /** Whether the batch has to hear of failures while the page is under way. */
  reportsFailures: boolean;
  /** It was under way before: what it has started then is taken up. */
  again?: boolean;
  /** It starts nothing more than what is taken up. */
  stopped?: BatchStopReason;
}

export interface PageResult {
  totals: BatchTotals;
  /** Of a page without a store; else it keeps them. */
  rows?: ItemRow[];
  /** Slots that it still held: below 0, what it owes. */
  slots: number;
  /** It was asked to end, without slots: it has to be taken up again, and the totals are none yet. */
  unfinished?: boolean;
}

/** To a page. */
export const addSlots = defineSignal<[number]>('addSlots');
/** The page that takes over its slots when it has nothing more to start. */
export const nextPage = defineSignal<[string]>('nextPage');
export const setPaused = defineSignal<[boolean]>('setPaused');
/** Starts nothing more; `cancel` also cancels what is under way. */
export const stopPage = defineSignal<[{ cancel: boolean }]>('stopPage');
/** No slots will come any more, since the page that had them died: a page that has none ends, to be taken up again. */
export const endWithoutSlots = defineSignal('endWithoutSlots');
export const pageState = defineQuery<PageState>(BatchQueries.pageState);
/** From a page to its batch. */
export const pageBegun = defineSignal<[number]>('pageBegun');
export const pageProgress = defineSignal<[{ page: number; ended: number; failed: number }]>('pageProgress');
