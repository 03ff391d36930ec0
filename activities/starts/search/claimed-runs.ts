import { Context } from '@temporalio/activity';
import { ATTACH_WORKFLOW_ID_PREFIX, readSearchAttribute, SearchAttributes } from '../../../contract/names';
import { isUnimplemented, temporalClient } from './temporal-client';

/** Number of run ids in one visibility query. */
const MAX_IDS_PER_QUERY = 50;

/**
 * Returns those of the runs that other workflows have started, as visibility shows them: the starts of other workers, and
 * of this worker before its restart.
 */
export async function findClaimedRuns(runIds: string[]): Promise<ReadonlySet<string>> {
  const claimed = new Set<string>();
  const client = temporalClient();
  const { workflowExecution } = Context.current().info;
  if (!client || !workflowExecution) return claimed;
  for (let at = 0; at < runIds.length; at += MAX_IDS_PER_QUERY) {
    const values = runIds.slice(at, at + MAX_IDS_PER_QUERY).map((id) => `'${id.replace(/['\\]/g, '')}'`);
    const query = `${SearchAttributes.runId} IN (${values.join(', ')})`;
    try {
      for await (const info of client.workflow.list({ query })) {
        const { workflowId } = info;
        const runId = readSearchAttribute(info, SearchAttributes.runId);
        const isOther =
          workflowId !== workflowExecution.workflowId && !workflowId.startsWith(ATTACH_WORKFLOW_ID_PREFIX);
        if (runId !== undefined && isOther) claimed.add(runId);
      }
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
    }
  }
  return claimed;
}
