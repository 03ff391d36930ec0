import type { Client } from '@temporalio/client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batch-contract';
import type { GateSummary } from '../../contract/gates';
import { MemoKeys, SearchAttributes } from '../../contract/names';
import { equals, joinConditions } from '../temporal/visibility';

export interface ListGatesOptions {
  /** Only gates of runs of this agent. */
  agentId?: string;
  /** Only gates of this batch's items: the batch's workflow id. */
  batchId?: string;
  /** Only gates of workflows of this type. */
  processType?: string;
  /** The maximum number of gates. @default no limit */
  limit?: number;
}

/**
 * Lists the open gates of all runs and processes, the longest open first. Visibility cannot sort by a gate's age, so all
 * gates that match are read before the first one is returned.
 */
export async function* listOpenGates(
  client: Client,
  { agentId, batchId, processType, limit = Infinity }: ListGatesOptions = {},
): AsyncGenerator<GateSummary> {
  // Workflows of any type can have gates, so the search attribute alone finds them.
  const query = joinConditions(
    equals('ExecutionStatus', 'Running'),
    `${SearchAttributes.openGates} > 0`,
    equals(SearchAttributes.agentId, agentId),
    equals(BATCH_ID_SEARCH_ATTRIBUTE, batchId),
    equals('WorkflowType', processType),
  );
  const gates: GateSummary[] = [];
  for await (const { memo } of client.workflow.list({ query })) {
    gates.push(...((memo?.[MemoKeys.gates] as GateSummary[] | undefined) ?? []));
  }
  yield* gates.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)).slice(0, limit);
}
