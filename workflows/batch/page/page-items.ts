import { proxyActivities } from '@temporalio/workflow';
import type { DuvoActivities, WorkflowSnapshot } from '../../../activities';
import { CALL_ACTIVITY_OPTIONS } from '../../process/activity-proxies';
import type { StoredItems } from './page-store';
import { type BatchTotals, type ItemRow, pageStoreWorkflowId } from '../../../contract/batch-contract';
import { isMissingDetails, addMissingDetails } from '../item/item-end';
import { firstPositionsByKey } from '../../../contract/item-keys';
import { describeItems } from './describe-items';
import type { PageInput } from './page-messages';
import { countTotals } from './batch-totals';

/** The items of a page, by their places in it, and what became of them. */
export class PageItems {
  /** Filled as items end; {@link completeRows} fills the rest. */
  readonly rows: ItemRow[] = [];
  private stored: StoredItems = { first: 0, items: [] };
  /** Of each item the first one in the page that has its key. */
  private firstPositions: number[] = [];

  constructor(private readonly input: PageInput) {}

  async load(): Promise<void> {
    const { batchId, page, apiTaskQueue, items, keyField } = this.input;
    const { readBatchPage } = proxyActivities<DuvoActivities>({
      ...CALL_ACTIVITY_OPTIONS,
      taskQueue: apiTaskQueue,
      summary: `read page ${page}`,
    });
    this.stored = items ? { first: 0, items } : await readBatchPage({ workflowId: pageStoreWorkflowId(batchId, page) });
    this.firstPositions = firstPositionsByKey(this.stored.items, keyField);
  }

  get count(): number {
    return this.stored.items.length;
  }

  item(at: number): unknown {
    return this.stored.items[at];
  }

  /** Its place in the batch. */
  batchIndex(at: number): number {
    return this.stored.first + at;
  }

  isFirstOfKey(at: number): boolean {
    return this.firstPositions[at] === at;
  }

  /** What a former life of the page has started, by place. */
  async findPreviouslyStarted(): Promise<Map<number, WorkflowSnapshot>> {
    const { batchId } = this.input;
    const places = [...this.firstPositions.keys()].filter((at) => this.isFirstOfKey(at));
    const found = await describeItems(this.input, this.stored, places);
    return new Map(
      found.filter(([at, look]) => {
        const index = look.item?.index ?? this.batchIndex(at);
        return look.batchId === batchId && index === this.batchIndex(at);
      }),
    );
  }

  /** A row for every item, with what one that is canceled or was ended by force does not tell its parent. */
  async completeRows(): Promise<void> {
    const { input, stored, rows } = this;
    const places = [...rows.keys()].filter((at) => this.isFirstOfKey(at) && rows[at] && isMissingDetails(rows[at]));
    for (const [at, look] of await describeItems(input, stored, places)) {
      const row = rows[at];
      if (row) rows[at] = addMissingDetails(input.template, row, look);
    }
    for (const at of stored.items.keys()) rows[at] = this.rowOf(at);
  }

  /** One whose key another one has, as far as that has an end. Else that is under way: its end is this one's. */
  copyRowOfFirst(at: number): void {
    const row = this.rowOf(at);
    if (row.status !== 'not-started') this.rows[at] = row;
  }

  /** What became of an item, by the first one of its key. */
  private rowOf(at: number): ItemRow {
    const index = this.batchIndex(at);
    const first = this.firstPositions[at] ?? at;
    const row = this.rows[first];
    if (!row || row.status === 'not-started') return { index, status: 'not-started' };
    return first === at ? row : { ...row, index, duplicateOf: row.duplicateOf ?? row.index };
  }

  totals(): BatchTotals {
    return countTotals(this.rows);
  }
}
