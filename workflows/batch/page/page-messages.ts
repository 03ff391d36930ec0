/** The messages between a batch and its pages. */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ItemContext } from '../item/item-context';
import {
  BatchQueries,
  type BatchStopReason,
  type BatchTotals,
  type ItemRow,
  type PageState,
} from '../../../contract/batches/batch-contract';

export interface PageInput extends ItemContext {
  /** Number of the page, from 1. */
  page: number;
  /** @default read from the page's store */
  items?: unknown[];
  /** How many items the page may have in flight at its start. */
  slots: number;
  paused: boolean;
  /** Whether the page reports failures while it runs: the batch stops at a share of failures. */
  reportFailures: boolean;
  /** The page ran before and ended early: it adopts the workflows that it started then. */
  isRestart?: boolean;
  /** The page starts no items; it only waits for those of its earlier run. */
  stopped?: BatchStopReason;
}

export interface PageResult {
  totals: BatchTotals;
  /** Present when the page has no store, which keeps the rows otherwise. */
  rows?: ItemRow[];
  /** Slots that the page held at its end. Below 0 when the concurrency was reduced by more than it held. */
  slots: number;
  /** The page ended before all its items: it must be started again, and `totals` is empty. */
  needsRestart?: boolean;
}

// From the batch, or from the page before, to a page.

/** Adds slots, or takes some away when the number is below 0. */
export const addSlots = defineSignal<[number]>('addSlots');
/** Names the page, by its workflow id, that takes over slots when the receiver has nothing more to start. */
export const setSuccessor = defineSignal<[string]>('setSuccessor');
export const setPaused = defineSignal<[boolean]>('setPaused');
/** The page starts no more items; `cancel` also cancels those in flight. */
export const stopPage = defineSignal<[{ cancel: boolean }]>('stopPage');
/** A page died and its slots are lost: a page that waits for slots ends, and is started again. */
export const noMoreSlots = defineSignal('noMoreSlots');
export const pageState = defineQuery<PageState>(BatchQueries.pageState);
// From a page to its batch.

/** The page, which started without slots, has received some. */
export const pageStarted = defineSignal<[number]>('pageStarted');
export const pageProgress = defineSignal<[{ page: number; ended: number; failed: number }]>('pageProgress');
