import type { Client } from '@temporalio/client';
import {
  type BatchItem,
  BatchQueries,
  type ItemRow,
  itemsWorkflowId,
  pageWorkflowId,
} from '../workflows/batches/contract';
import { isNotFound, RunNotFoundError } from './errors';

/** Reads the pages of a batch. */
export class PageReader {
  constructor(
    private readonly client: Client,
    private readonly batchId: string,
  ) {}

  /**
   * What became of the page's items; nothing when it was not begun. Needs a worker.
   *
   * @param stored whether the page has a store: items that came with the batch's input have none
   * @throws RunNotFoundError when Temporal has forgotten it
   */
  async rows(page: number, stored: boolean): Promise<ItemRow[]> {
    const workflowId = (stored ? itemsWorkflowId : pageWorkflowId)(this.batchId, page);
    const handle = this.client.workflow.getHandle(workflowId);
    try {
      return stored ? await handle.query(BatchQueries.rows) : ((await handle.result()) as { rows: ItemRow[] }).rows;
    } catch (error) {
      if (!stored && (isNotFound(error) || (error as Error).name === 'WorkflowFailedError')) return [];
      throw isNotFound(error) ? new RunNotFoundError(workflowId) : error;
    }
  }

  /** The items as they were stored. Needs a worker. */
  items(page: number): Promise<{ first: number; items: BatchItem[] }> {
    return this.client.workflow.getHandle(itemsWorkflowId(this.batchId, page)).query(BatchQueries.items);
  }
}
