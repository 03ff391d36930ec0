import type { Client } from '@temporalio/client';
import {
  type BatchItem,
  PageStore,
  type ItemRow,
  pageStoreWorkflowId,
  pageWorkflowId,
} from '../../contract/batch-contract';
import { queryWithRetry } from '../temporal/query-with-retry';
import { isWorkflowNotFound, BatchNotFoundError } from '../errors';

/** Reads the pages of a batch; waits for a worker. */
export class PageReader {
  constructor(
    private readonly client: Client,
    private readonly batchId: string,
  ) {}

  /**
   * What became of the page's items; nothing when it was not begun.
   *
   * @param stored whether the page has a store: items that came with the batch's input have none
   * @throws BatchNotFoundError when Temporal has forgotten it
   */
  async readRows(page: number, stored: boolean): Promise<ItemRow[]> {
    const rows = stored ? await this.queryStoredRows(page) : [];
    // A store that was ended by force took none: the page kept them.
    return rows.length > 0 ? rows : this.readResultRows(page);
  }

  private async queryStoredRows(page: number): Promise<ItemRow[]> {
    const workflowId = pageStoreWorkflowId(this.batchId, page);
    try {
      const query = () => this.client.workflow.getHandle(workflowId).query<ItemRow[]>(PageStore.rows);
      return await queryWithRetry(this.client, workflowId, query, { waitForWorker: true });
    } catch (error) {
      throw isWorkflowNotFound(error) ? new BatchNotFoundError(workflowId) : error;
    }
  }

  private async readResultRows(page: number): Promise<ItemRow[]> {
    const handle = this.client.workflow.getHandle(pageWorkflowId(this.batchId, page));
    try {
      return ((await handle.result()) as { rows?: ItemRow[] }).rows ?? [];
    } catch (error) {
      if (isWorkflowNotFound(error) || (error as Error).name === 'WorkflowFailedError') return [];
      throw error;
    }
  }

  /** The items as they were stored. */
  readItems(page: number): Promise<{ first: number; items: BatchItem[] }> {
    const workflowId = pageStoreWorkflowId(this.batchId, page);
    const query = () =>
      this.client.workflow.getHandle(workflowId).query<{ first: number; items: BatchItem[] }>(PageStore.items);
    return queryWithRetry(this.client, workflowId, query, { waitForWorker: true });
  }
}
