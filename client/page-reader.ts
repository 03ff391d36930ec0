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
    const rows = stored ? await this.storedRows(page) : [];
    // A store that was ended by force took none: the page kept them.
    return rows.length > 0 ? rows : this.resultRows(page);
  }

  private async storedRows(page: number): Promise<ItemRow[]> {
    const workflowId = itemsWorkflowId(this.batchId, page);
    try {
      return await this.client.workflow.getHandle(workflowId).query(BatchQueries.rows);
    } catch (error) {
      throw isNotFound(error) ? new RunNotFoundError(workflowId) : error;
    }
  }

  private async resultRows(page: number): Promise<ItemRow[]> {
    const handle = this.client.workflow.getHandle(pageWorkflowId(this.batchId, page));
    try {
      return ((await handle.result()) as { rows?: ItemRow[] }).rows ?? [];
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
