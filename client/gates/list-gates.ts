import type { Client } from '@temporalio/client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batches/batch-contract';
import { type GateSummary, isGateOf, peopleOf, toGateSummary } from '../../contract/gates/gate-summary';
import { AGENT_RUN_WORKFLOW_TYPE, MemoKeys, SearchAttributes } from '../../contract/names';
import { queryGates, readAllGates } from './read-gates';
import { hasUnreadableMemo, memoReader, readMemo } from '../../temporal/memo-reader';
import { countOpenGates, equals, type ExecutionInfo, joinConditions } from '../temporal/visibility';

export interface ListGatesOptions {
  /** Only gates of runs of this agent. */
  agentId?: string;
  /** Only gates of this batch's items: the batch's workflow id. */
  batchId?: string;
  /** Only gates of workflows of this type. */
  processType?: string;
  /** Only gates that this person may answer and has not answered. A gate without approvers is everybody's. */
  person?: { by: string; groups?: string[] };
  /** The maximum number of gates. @default no limit */
  limit?: number;
}

/**
 * An open gate as visibility shows it. With `memoUnreadable`, this client cannot decode the memo of the workflow, because it
 * was encoded with another codec or key: one row then stands for all open gates of the workflow, `ref` is the workflow id,
 * and `title` says how many gates are open.
 */
export type ListedGate = GateSummary & { memoUnreadable?: true };

/**
 * Lists the open gates of all runs and processes, the longest open first. Visibility cannot sort by a gate's age, so all
 * gates that match are read before the first one is returned.
 */
export async function* listOpenGates(
  client: Client,
  { agentId, batchId, processType, person, limit = Infinity }: ListGatesOptions = {},
): AsyncGenerator<ListedGate> {
  // Workflows of any type can have gates, so the search attribute alone finds them.
  const query = joinConditions(
    equals('ExecutionStatus', 'Running'),
    `${SearchAttributes.openGates} > 0`,
    equals(SearchAttributes.agentId, agentId),
    equals(BATCH_ID_SEARCH_ATTRIBUTE, batchId),
    equals('WorkflowType', processType),
  );
  const gates: ListedGate[] = [];
  for await (const info of memoReader(client).list({ query })) {
    const open = hasUnreadableMemo(info) ? [unreadableGates(info)] : await readOpenGates(client, info);
    gates.push(...(person ? await filterByPerson(client, info.workflowId, open, person) : open));
  }
  yield* gates.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)).slice(0, limit);
}

/** Reads the open gates from the memo. The workflow is queried only when its open gates did not all fit into the memo. */
async function readOpenGates(client: Client, info: ExecutionInfo): Promise<GateSummary[]> {
  const listed = readMemo<GateSummary[]>(info, MemoKeys.gates) ?? [];
  if (listed.length >= countOpenGates(info)) return listed;
  const gates = await readAllGates((query) => queryGates(client, info.workflowId, query));
  return gates.filter(({ status }) => status === 'open').map(toGateSummary);
}

async function filterByPerson(
  client: Client,
  workflowId: string,
  gates: ListedGate[],
  { by, groups }: { by: string; groups?: string[] },
): Promise<ListedGate[]> {
  if (!gates.some(({ peopleCut }) => peopleCut)) return gates.filter((gate) => isGateOf(gate, by, groups));
  const whole = await readAllGates((query) => queryGates(client, workflowId, query));
  const people = new Map(whole.map((gate) => [gate.gateId, peopleOf(gate)]));
  return gates.filter((gate) => isGateOf(people.get(gate.gateId) ?? gate, by, groups));
}

function unreadableGates(info: ExecutionInfo): ListedGate {
  const { workflowId, type, startTime } = info;
  return {
    gateId: '',
    ref: workflowId,
    source: type === AGENT_RUN_WORKFLOW_TYPE ? 'duvo' : 'process',
    type: 'unknown',
    title: `${countOpenGates(info)} open, not readable without the codec of this workflow`,
    openedAt: startTime.toISOString(),
    memoUnreadable: true,
  };
}
