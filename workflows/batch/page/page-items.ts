import { proxyActivities } from '@temporalio/workflow';
import type { DuvoActivities, WorkflowSnapshot } from '../../../activities';
import { CALL_ACTIVITY_OPTIONS } from '../../process/activity-proxies';
import type { StoredItems } from './page-store';
import { type BatchTotals, type ItemRow, pageStoreWorkflowId } from '../../../contract/batches/batch-contract';
import { addMissingDetails, isMissingDetails, keyConflict } from '../item/item-end';
import { firstPositionsByKey } from '../../../contract/batches/template';
import { describeItems } from './describe-items';
import type { PageInput } from './page-messages';
import { countTotals } from './batch-totals';

/** The items of a page and their rows, by position in the page (from 0). */
export class PageItems {
  /** Rows of the items that have ended. {@link completeRows} adds the others. */
  readonly rows: ItemRow[] = [];
  private stored: StoredItems = { first: 0, items: [] };
  /** For each item, the digest of what it starts; empty when two items cannot share a workflow. */
  private digests: (string | null)[] = [];
  /** For each item, the position of the first item in the page with the same key. */
  private firstPositions: number[] = [];

  constructor(private readonly input: PageInput) {}

  async load(): Promise<void> {
    const { batchId, page, apiTaskQueue, items, keyField, template } = this.input;
    const { readBatchPage, digestBatchItems } = proxyActivities<DuvoActivities>({
      ...CALL_ACTIVITY_OPTIONS,
      taskQueue: apiTaskQueue,
      summary: `read page ${page}`,
    });
    if (items) {
      this.stored = { first: 0, items };
      if (keyField !== undefined) this.digests = await digestBatchItems({ items, template });
    } else {
      const { digests, ...stored } = await readBatchPage({ workflowId: pageStoreWorkflowId(batchId, page), template });
      this.stored = stored;
      this.digests = digests;
    }
    this.firstPositions = firstPositionsByKey(this.stored.items, keyField);
  }

  get count(): number {
    return this.stored.items.length;
  }

  item(at: number): unknown {
    return this.stored.items[at];
  }

  /** Digest of what the item starts. */
  digest(at: number): string | undefined {
    return this.digests[at] ?? undefined;
  }

  /** Position of the item in the whole batch. */
  batchIndex(at: number): number {
    return this.stored.first + at;
  }

  isFirstOfKey(at: number): boolean {
    return this.firstPositions[at] === at;
  }

  /** The workflows that an earlier run of this page started, by position. */
  async findPreviouslyStarted(): Promise<Map<number, WorkflowSnapshot>> {
    const { batchId } = this.input;
    const places = [...this.firstPositions.keys()].filter((at) => this.isFirstOfKey(at));
    const found = await describeItems(this.input, this.stored, places);
    return new Map(
      found.filter(([at, look]) => {
        const index = look.item?.index ?? this.batchIndex(at);
        const hasSameInput = look.inputDigest === undefined || look.inputDigest === this.digest(at);
        return look.batchId === batchId && index === this.batchIndex(at) && hasSameInput;
      }),
    );
  }

  /** Gives each item a row, and adds the facts that a cancelled or terminated child does not return. */
  async completeRows(): Promise<void> {
    const { input, stored, rows } = this;
    const places = [...rows.keys()].filter((at) => this.isFirstOfKey(at) && rows[at] && isMissingDetails(rows[at]));
    for (const [at, look] of await describeItems(input, stored, places)) {
      const row = rows[at];
      if (row) rows[at] = addMissingDetails(input.template, row, look);
    }
    for (const at of stored.items.keys()) rows[at] = this.rowOf(at);
  }

  /**
   * Gives an item the row of the first item with the same key, if that one has ended. Otherwise {@link completeRows} copies
   * the row later.
   */
  copyRowOfFirst(at: number): void {
    const row = this.rowOf(at);
    if (row.status !== 'not-started') this.rows[at] = row;
  }

  /** The row of an item: a copy of the row of the first item with the same key. */
  private rowOf(at: number): ItemRow {
    const index = this.batchIndex(at);
    const first = this.firstPositions[at] ?? at;
    const row = this.rows[first];
    if (!row || row.status === 'not-started') return { index, status: 'not-started' };
    if (first === at) return row;
    if (this.digest(first) !== this.digest(at)) return { index, key: row.key, ...keyConflict(`item ${row.index}`) };
    return { ...row, index, duplicateOf: row.duplicateOf ?? row.index };
  }

  totals(): BatchTotals {
    return countTotals(this.rows);
  }
}
