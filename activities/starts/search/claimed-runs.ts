import { Context } from '@temporalio/activity';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { ATTACH_WORKFLOW_ID_PREFIX, MemoKeys, SearchAttributes } from '../../../contract/names';
import { quoteQueryText } from '../../../temporal/query-text';
import { isUnimplemented, listExecutions, temporalClient } from './temporal-client';

/** Number of run ids in one visibility query. */
const MAX_IDS_PER_QUERY = 50;

/**
 * Returns those of the runs that other workflows have started, as visibility shows them: the starts of other workers, and
 * of this worker before its restart. A workflow that is attached to a run has not started it.
 */
export async function findClaimedRuns(runIds: string[]): Promise<ReadonlySet<string>> {
  const claimed = new Set<string>();
  const client = temporalClient();
  const { workflowExecution } = Context.current().info;
  if (!client || !workflowExecution) return claimed;
  for (let at = 0; at < runIds.length; at += MAX_IDS_PER_QUERY) {
    const values = runIds.slice(at, at + MAX_IDS_PER_QUERY).map(quoteQueryText);
    const query = `${SearchAttributes.runId} IN (${values.join(', ')})`;
    try {
      for await (const { execution, searchAttributes, memo } of listExecutions(client, query)) {
        const workflowId = execution?.workflowId ?? '';
        const runId = readKeyword(searchAttributes?.indexedFields?.[SearchAttributes.runId]);
        if (runId === undefined || workflowId === workflowExecution.workflowId) continue;
        // Only a workflow that is attached to a run has this field, so its value need not be decoded.
        const isAttached =
          workflowId.startsWith(ATTACH_WORKFLOW_ID_PREFIX) || memo?.fields?.[MemoKeys.attached] !== undefined;
        if (!isAttached) claimed.add(runId);
      }
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
    }
  }
  return claimed;
}

/** Reads a search attribute, which no codec encodes. Some servers return a list of one value. */
function readKeyword(payload: Payload | undefined): string | undefined {
  const value = payload && defaultPayloadConverter.fromPayload<string | string[]>(payload);
  return Array.isArray(value) ? value[0] : value;
}
