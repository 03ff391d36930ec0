import { proxyActivities } from '@temporalio/workflow';
import type { DuvoActivities, WorkflowLook } from '../../activities';
import { CALL } from '../process/duvo-activities';
import type { StoredItems } from './batch-items';
import { type BatchTotals, type ItemRow, itemsWorkflowId } from '../../contract/batch-contract';
import { lacksFacts, withFacts } from './item-end';
import { firstsOf } from '../../contract/keys';
import { looksAt } from './page-looks';
import type { PageInput } from './page-messages';
import { totalsOf } from './totals';

/** The items of a page, by their places in it, and what became of them. */
export class PageItems {
  /** Filled as items end; {@link complete} fills the rest. */
  readonly rows: ItemRow[] = [];
  private stored: StoredItems = { first: 0, items: [] };
  /** Of each item the first one in the page that has its key. */
  private firsts: number[] = [];

  constructor(private readonly input: PageInput) {}

  async load(): Promise<void> {
    const { batchId, page, apiTaskQueue, items, keyField } = this.input;
    const { readBatchPage } = proxyActivities<DuvoActivities>({
      ...CALL,
      taskQueue: apiTaskQueue,
      summary: `read page ${page}`,
    });
    this.stored = items ? { first: 0, items } : await readBatchPage({ workflowId: itemsWorkflowId(batchId, page) });
    this.firsts = firstsOf(this.stored.items, keyField);
  }

  get count(): number {
    return this.stored.items.length;
  }

  item(at: number): unknown {
    return this.stored.items[at];
  }

  /** Its place in the batch. */
  index(at: number): number {
    return this.stored.first + at;
  }

  isFirst(at: number): boolean {
    return this.firsts[at] === at;
  }

  /** What a former life of the page has started, by place. */
  async findStarted(): Promise<Map<number, WorkflowLook>> {
    const { batchId } = this.input;
    const places = [...this.firsts.keys()].filter((at) => this.isFirst(at));
    const found = await looksAt(this.input, this.stored, places);
    return new Map(
      found.filter(([at, look]) => {
        const index = look.item?.index ?? this.index(at);
        return look.batchId === batchId && index === this.index(at);
      }),
    );
  }

  /** A row for every item, with what one that is canceled or was ended by force does not tell its parent. */
  async complete(): Promise<void> {
    const { input, stored, rows } = this;
    const places = [...rows.keys()].filter((at) => this.isFirst(at) && rows[at] && lacksFacts(rows[at]));
    for (const [at, look] of await looksAt(input, stored, places)) {
      const row = rows[at];
      if (row) rows[at] = withFacts(input.template, row, look);
    }
    for (const at of stored.items.keys()) rows[at] = this.rowOf(at);
  }

  /** One whose key another one has, as far as that has an end. Else that is under way: its end is this one's. */
  repeat(at: number): void {
    const row = this.rowOf(at);
    if (row.status !== 'not-started') this.rows[at] = row;
  }

  /** What became of an item, by the first one of its key. */
  private rowOf(at: number): ItemRow {
    const index = this.index(at);
    const first = this.firsts[at] ?? at;
    const row = this.rows[first];
    if (!row || row.status === 'not-started') return { index, status: 'not-started' };
    return first === at ? row : { ...row, index, duplicateOf: row.duplicateOf ?? row.index };
  }

  totals(): BatchTotals {
    return totalsOf(this.rows);
  }
}
