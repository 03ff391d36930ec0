import type { Client } from '@temporalio/client';
import { AGENT_RUN_WORKFLOW_TYPE, MemoKeys, readSearchAttribute, SearchAttributes } from '../../contract/names';
import type { CancelOutcome, RunStop } from '../../contract/runs';
import type { ReadFault } from '../../contract/read-faults';
import { mapInOrder } from '../temporal/map-in-order';
import { readMemo } from '../../temporal/memo-reader';
import {
  countOpenGates,
  equals,
  type ExecutionInfo,
  type ListOptions,
  listWorkflows,
  toWorkflowSummary,
  type WorkflowSummary,
} from '../temporal/visibility';
import { fetchNextPoll, readFault } from './read-fault';

export interface ListRunsOptions extends ListOptions {
  /** Only runs of this agent. */
  agentId?: string;
}

/** A run as visibility shows it, without a request to a worker. */
export interface RunSummary extends WorkflowSummary {
  /** Absent until the workflow knows the agent: after attaching to a run, for example. */
  agentId?: string;
  /** Duvo's id of the run. */
  runId?: string;
  openGates: number;
  /**
   * Why the run cannot be read at present, since when, and when it is polled next; absent while it can be read, and when its
   * workflow has ended.
   */
  fault?: ReadFault;
  /** Set while the workflow stops the run and waits until Duvo can stop it: Duvo ignores a stop in some statuses. */
  stopping?: RunStop;
  /** Set while the status in Duvo is `needs_attention`: nothing can be answered here, somebody must look at the run in Duvo. */
  needsAttention?: true;
  /** The outcome of a cancel. */
  cancel?: CancelOutcome;
}

/**
 * Lists runs, the newest first. A run that cannot be read costs one more request, for the time of its next poll.
 *
 * @throws InvalidInputError
 */
export function listRuns(client: Client, { agentId, ...options }: ListRunsOptions = {}): AsyncGenerator<RunSummary> {
  const conditions = [equals('WorkflowType', AGENT_RUN_WORKFLOW_TYPE), equals(SearchAttributes.agentId, agentId)];
  return mapInOrder(listWorkflows(client, options, conditions), async (info) => {
    const summary = toRunSummary(info);
    return summary.fault ? { ...summary, fault: await fetchNextPoll(client, info, summary.fault) } : summary;
  });
}

export function toRunSummary(info: ExecutionInfo): RunSummary {
  const agentId = readSearchAttribute<string>(info, SearchAttributes.agentId);
  const runId = readSearchAttribute<string>(info, SearchAttributes.runId);
  const fault = readFault(info);
  // The memo of a workflow that has ended keeps what it showed last.
  const isOpen = info.status.name === 'RUNNING';
  const stopping = isOpen ? readMemo<RunStop>(info, MemoKeys.stopping) : undefined;
  const needsAttention = isOpen && readMemo<true>(info, MemoKeys.needsAttention);
  const cancel = readMemo<CancelOutcome>(info, MemoKeys.cancel);
  return {
    ...toWorkflowSummary(info),
    ...(agentId && { agentId }),
    ...(runId && { runId }),
    openGates: countOpenGates(info),
    ...(fault && { fault }),
    ...(stopping && { stopping }),
    ...(needsAttention && { needsAttention }),
    ...(cancel && { cancel }),
  };
}
