import type { Client } from '@temporalio/client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batches/batch-contract';
import type { Gate } from '../../contract/gates/gates';
import {
  type GateOrigin,
  type GateSummary,
  isGateOf,
  type ListedGate,
  peopleOf,
  toGateSummary,
} from '../../contract/gates/gate-summary';
import { AGENT_RUN_WORKFLOW_TYPE, MemoKeys, readSearchAttribute, SearchAttributes } from '../../contract/names';
import { NoWorkerError, WorkflowTaskError } from '../errors';
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

type FoundGate = Omit<ListedGate, keyof GateOrigin>;

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
  const silentQueues = new Set<string>();
  for await (const info of memoReader(client).list({ query })) {
    const found = hasUnreadableMemo(info) ? [unreadableGates(info)] : await readOpenGates(client, info, silentQueues);
    const origin = toOrigin(info);
    const open = found.map((gate) => ({ ...gate, ...origin }));
    gates.push(...(person ? await filterByPerson(client, info, open, person, silentQueues) : open));
  }
  yield* gates.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)).slice(0, limit);
}

/**
 * Reads the open gates from the memo. The workflow is queried only when its open gates did not all fit into the memo.
 *
 * @param silentQueues task queues without a worker that answers. They are not queried again.
 */
async function readOpenGates(client: Client, info: ExecutionInfo, silentQueues: Set<string>): Promise<FoundGate[]> {
  const listed = readMemo<GateSummary[]>(info, MemoKeys.gates) ?? [];
  const missing = countOpenGates(info) - listed.length;
  if (missing <= 0) return listed;
  const gates = await readAnswered(client, info, silentQueues);
  if (!gates) return [...listed, unansweredGates(info, missing)];
  return gates.filter(({ status }) => status === 'open').map(toGateSummary);
}

/** Reads all gates of a workflow by query; `undefined` when no worker answers, and each silent task queue is tried once. */
async function readAnswered(
  client: Client,
  { workflowId, taskQueue }: ExecutionInfo,
  silentQueues: Set<string>,
): Promise<Gate[] | undefined> {
  if (silentQueues.has(taskQueue)) return undefined;
  try {
    return await readAllGates((query) => queryGates(client, workflowId, query));
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    if (error instanceof NoWorkerError) silentQueues.add(taskQueue);
    return undefined;
  }
}

function toOrigin(info: ExecutionInfo): GateOrigin {
  const agentId = readSearchAttribute(info, SearchAttributes.agentId);
  const batchId = readSearchAttribute(info, BATCH_ID_SEARCH_ATTRIBUTE);
  return { processType: info.type, ...(agentId && { agentId }), ...(batchId && { batchId }) };
}

/** Selects the gates of a person. A gate whose names cannot all be read is kept, because it may be the person's. */
async function filterByPerson(
  client: Client,
  info: ExecutionInfo,
  gates: ListedGate[],
  { by, groups }: { by: string; groups?: string[] },
  silentQueues: Set<string>,
): Promise<ListedGate[]> {
  if (!gates.some(({ peopleCut }) => peopleCut)) return gates.filter((gate) => isGateOf(gate, by, groups));
  const people = new Map(
    (await readAnswered(client, info, silentQueues))?.map((gate) => [gate.gateId, peopleOf(gate)]),
  );
  return gates.filter((gate) => {
    const whole = people.get(gate.gateId);
    return whole ? isGateOf(whole, by, groups) : gate.peopleCut || isGateOf(gate, by, groups);
  });
}

/** Whether no worker can answer a query of the workflow. */
function isUnanswered(error: unknown): boolean {
  return error instanceof NoWorkerError || error instanceof WorkflowTaskError;
}

function unreadableGates(info: ExecutionInfo): FoundGate {
  const title = `${countOpenGates(info)} open, not readable without the codec of this workflow`;
  return { ...gatesOfWorkflow(info, title), memoUnreadable: true };
}

function unansweredGates(info: ExecutionInfo, count: number): FoundGate {
  const title = `${count} open, not readable while no worker of ${info.taskQueue} answers`;
  return { ...gatesOfWorkflow(info, title), workerMissing: true };
}

function gatesOfWorkflow({ workflowId, type, startTime }: ExecutionInfo, title: string): FoundGate {
  return {
    gateId: '',
    ref: workflowId,
    source: type === AGENT_RUN_WORKFLOW_TYPE ? 'duvo' : 'process',
    type: 'unknown',
    title,
    openedAt: startTime.toISOString(),
  };
}
