/** Helpers for tests of batches. */
import { type BatchOptions, type DuvoBatch, DuvoWorkflows, type BatchesClient } from '../../client';
import { type ItemRow, type PageState, pageWorkflowId } from '../../workflows/batch';
import type { TestItem } from './workflows/batch-items';
import { eventually, type Stack } from './stack';

export const TEST_ITEM = { workflow: { type: 'testItem' } };

export const numberedItems = (count: number, extraFields: (n: number) => Partial<TestItem> = () => ({})): TestItem[] =>
  Array.from({ length: count }, (_one, n) => ({ n, ...extraFields(n) }));

export const createBatchesClient = ({ client, taskQueue, apiTaskQueue }: Stack): BatchesClient =>
  new DuvoWorkflows(client, { taskQueue, apiTaskQueue }).batches;

/** Starts a batch of `testItem` workflows, unless the options have another template. */
export const startBatch = (
  stack: Stack,
  items: Iterable<unknown> | AsyncIterable<unknown>,
  options: Partial<BatchOptions>,
): Promise<DuvoBatch> => createBatchesClient(stack).start(items, { template: TEST_ITEM, ...options });

/** Waits until an item's workflow exists, and returns its handle. */
export const waitForItem = ({ client }: Stack, { workflowId }: DuvoBatch, n: number, timeoutMs?: number) =>
  eventually(async () => {
    const handle = client.workflow.getHandle(`${workflowId}/item/${n}`);
    return handle.describe().then(
      () => handle,
      () => undefined,
    );
  }, timeoutMs);

/** Waits until an item's workflow exists, and sends it the signal that it waits for. */
export const releaseItem = async (stack: Stack, batch: DuvoBatch, n: number, timeoutMs?: number): Promise<void> =>
  (await waitForItem(stack, batch, n, timeoutMs)).signal('goOn');

export const pageHandle = ({ client }: Stack, { workflowId }: DuvoBatch, page = 1) =>
  client.workflow.getHandle(pageWorkflowId(workflowId, page));

export const queryPageState = (stack: Stack, batch: DuvoBatch, page = 1): Promise<PageState> =>
  pageHandle(stack, batch, page).query<PageState>('pageState');

export async function collectRows(batch: DuvoBatch): Promise<ItemRow[]> {
  const rows: ItemRow[] = [];
  for await (const row of batch.rows()) rows.push(row);
  return rows;
}
