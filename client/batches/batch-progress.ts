import type { Client } from '@temporalio/client';
import { BatchQueries, type BatchState, type PageState, pageWorkflowId } from '../../contract/batches/batch-contract';
import { isWorkflowNotFound } from '../errors';
import { queryWithRetry } from '../temporal/query-with-retry';
import { countItemsWaitingForPeople } from '../temporal/visibility';

/** The progress of a batch with its active pages. `paused` is true once every active page has received the pause. */
export interface BatchProgress extends BatchState {
  started: number;
  inFlight: number;
  /**
   * The number of items that wait for a person, as visibility shows it (within a second or two). Absent when visibility
   * does not answer. Counts items that are runs, and gates that an item's own workflow opens.
   */
  waitingForPeople?: number;
}

/** Adds the progress of the active pages, and the items that wait for a person, to the state of a batch. */
export async function readProgress(client: Client, batchId: string, state: BatchState): Promise<BatchProgress> {
  const progress: BatchProgress = { ...state, started: 0, inFlight: 0 };
  const [waitingForPeople, ...pages] = await Promise.all([
    countItemsWaitingForPeople(client, batchId).catch(() => undefined),
    ...state.activePages.map((page) => queryPageState(client, batchId, page)),
  ]);
  for (const page of pages) {
    // A page that has not started yet has not received the pause.
    progress.paused &&= page?.paused === true;
    if (!page) continue;
    progress.completed += page.completed;
    progress.failed += page.failed;
    progress.canceled += page.canceled;
    progress.inFlight += page.itemsInFlight;
  }
  // Visibility may still count a gate that was answered a moment ago.
  if (waitingForPeople !== undefined) progress.waitingForPeople = Math.min(waitingForPeople, progress.inFlight);
  progress.started = progress.completed + progress.failed + progress.canceled + progress.inFlight;
  return progress;
}

async function queryPageState(client: Client, batchId: string, page: number): Promise<PageState | undefined> {
  try {
    const handle = client.workflow.getHandle(pageWorkflowId(batchId, page));
    return await queryWithRetry(client, handle.workflowId, () => handle.query<PageState>(BatchQueries.pageState));
  } catch (error) {
    if (isWorkflowNotFound(error)) return undefined;
    throw error;
  }
}
