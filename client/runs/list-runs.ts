import type { Client } from '@temporalio/client';
import { AGENT_RUN_WORKFLOW_TYPE, MemoKeys, readSearchAttribute, SearchAttributes } from '../../contract/names';
import type { CancelOutcome } from '../../contract/runs';
import { readMemo } from '../temporal/memo-reader';
import {
  countOpenGates,
  equals,
  type ExecutionInfo,
  type ListOptions,
  listWorkflows,
  toWorkflowSummary,
  type WorkflowSummary,
} from '../temporal/visibility';

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
  /** The outcome of a cancel. */
  cancel?: CancelOutcome;
}

/** Lists runs, the newest first. @throws InvalidInputError */
export async function* listRuns(
  client: Client,
  { agentId, ...options }: ListRunsOptions = {},
): AsyncGenerator<RunSummary> {
  const conditions = [equals('WorkflowType', AGENT_RUN_WORKFLOW_TYPE), equals(SearchAttributes.agentId, agentId)];
  for await (const info of listWorkflows(client, options, conditions)) yield toRunSummary(info);
}

export function toRunSummary(info: ExecutionInfo): RunSummary {
  const agentId = readSearchAttribute<string>(info, SearchAttributes.agentId);
  const runId = readSearchAttribute<string>(info, SearchAttributes.runId);
  const cancel = readMemo<CancelOutcome>(info, MemoKeys.cancel);
  return {
    ...toWorkflowSummary(info),
    ...(agentId && { agentId }),
    ...(runId && { runId }),
    openGates: countOpenGates(info),
    ...(cancel && { cancel }),
  };
}
