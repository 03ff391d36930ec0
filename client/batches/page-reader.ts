import type { Client } from '@temporalio/client';
import {
  type BatchItem,
  PageStore,
  type ItemRow,
  pageStoreWorkflowId,
  pageWorkflowId,
} from '../../contract/batches/batch-contract';
import { queryWithRetry } from '../temporal/query-with-retry';
import { isWorkflowNotFound } from '../errors';

/** Reads the pages of a batch. A query of a page waits for a worker. */
export class PageReader {
  constructor(
    private readonly client: Client,
    private readonly batchId: string,
  ) {}

  /**
   * Reads the rows of a page's items. A page that was not started has none, and neither has a page that was deleted.
   *
   * @param stored whether the page has a store; items in the batch's input have none
   */
  async readRows(page: number, stored: boolean): Promise<ItemRow[]> {
    const rows = stored ? await this.queryStoredRows(page) : [];
    // A store that was terminated received no rows, so the page's own result holds them.
    return rows.length > 0 ? rows : this.readResultRows(page);
  }

  private async queryStoredRows(page: number): Promise<ItemRow[]> {
    return (await this.queryStore<ItemRow[]>(page, PageStore.rows)) ?? [];
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

  /** Reads the items of a page, and the place of its first item in the batch; `undefined` when its store was deleted. */
  readItems(page: number): Promise<{ first: number; items: BatchItem[] } | undefined> {
    return this.queryStore(page, PageStore.items);
  }

  private async queryStore<T>(page: number, query: string): Promise<T | undefined> {
    const workflowId = pageStoreWorkflowId(this.batchId, page);
    try {
      const send = () => this.client.workflow.getHandle(workflowId).query<T>(query);
      return await queryWithRetry(this.client, workflowId, send, { waitForWorker: true });
    } catch (error) {
      if (isWorkflowNotFound(error)) return undefined;
      throw error;
    }
  }
}
