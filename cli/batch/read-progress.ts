import type { Client } from '@temporalio/client';
import type { DuvoBatch } from '../../client';
import { BATCH_ID_SEARCH_ATTRIBUTE, SearchAttributes } from '../../contract';
import type { ProgressView } from './progress';

/** Reads the progress of a batch. Visibility, not a worker, counts the items that wait for a person. */
export async function readProgress(batch: DuvoBatch, client: Client): Promise<ProgressView> {
  const batchId = batch.workflowId.replaceAll("'", "\\'");
  const query = `ExecutionStatus = 'Running' AND ${SearchAttributes.openGates} > 0 AND ${BATCH_ID_SEARCH_ATTRIBUTE} = '${batchId}'`;
  const [progress, { count }] = await Promise.all([batch.progress(), client.workflow.count(query)]);
  return { ...progress, waitingForPeople: Math.min(count, progress.inFlight) };
}
