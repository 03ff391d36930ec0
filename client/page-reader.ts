import type { Client } from '@temporalio/client';
import {
  type BatchItem,
  BatchQueries,
  type ItemRow,
  itemsWorkflowId,
  pageWorkflowId,
} from '../workflows/batches/contract';
import { asked } from './asking';
import { isNotFound, RunNotFoundError } from './errors';

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
   * @throws RunNotFoundError when Temporal has forgotten it
   */
  async rows(page: number, stored: boolean): Promise<ItemRow[]> {
    const workflowId = (stored ? itemsWorkflowId : pageWorkflowId)(this.batchId, page);
    const handle = this.client.workflow.getHandle(workflowId);
    try {
      if (!stored) return ((await handle.result()) as { rows: ItemRow[] }).rows;
      return await asked(this.client, workflowId, () => handle.query<ItemRow[]>(BatchQueries.rows), { forGood: true });
    } catch (error) {
      if (!stored && (isNotFound(error) || (error as Error).name === 'WorkflowFailedError')) return [];
      throw isNotFound(error) ? new RunNotFoundError(workflowId, 'batch') : error;
    }
  }

  /** The items as they were stored. */
  items(page: number): Promise<{ first: number; items: BatchItem[] }> {
    const workflowId = itemsWorkflowId(this.batchId, page);
    const query = () =>
      this.client.workflow.getHandle(workflowId).query<{ first: number; items: BatchItem[] }>(BatchQueries.items);
    return asked(this.client, workflowId, query, { forGood: true });
  }
}
