import type { Client } from '@temporalio/client';
import {
  type BatchItem,
  BatchQueries,
  type ItemRow,
  itemsWorkflowId,
  pageWorkflowId,
} from '../workflows/batches/contract';
import { isNotFound } from './errors';

/** Reads the pages of a batch. */
export class PageReader {
  constructor(
    private readonly client: Client,
    private readonly batchId: string,
  ) {}

  /** What became of the page's items; nothing when it was not begun, or has not ended. */
  async rows(page: number): Promise<ItemRow[]> {
    const handle = this.client.workflow.getHandle(pageWorkflowId(this.batchId, page));
    try {
      return ((await handle.result()) as { rows: ItemRow[] }).rows;
    } catch (error) {
      if (isNotFound(error) || (error as Error).name === 'WorkflowFailedError') return [];
      throw error;
    }
  }

  /** The items as they were stored. Needs a worker. */
  items(page: number): Promise<{ first: number; items: BatchItem[] }> {
    return this.client.workflow.getHandle(itemsWorkflowId(this.batchId, page)).query(BatchQueries.items);
  }
}
