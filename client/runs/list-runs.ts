import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { AGENT_RUN_WORKFLOW_TYPE, MemoKeys, SearchAttributes } from '../../contract/names';
import type { CancelOutcome } from '../../contract/runs';
import { equals, joinConditions } from '../visibility-query';

export interface ListRunsOptions {
  /** Only runs that are open. @default false */
  open?: boolean;
  /** Only runs of this agent. */
  agentId?: string;
  /** At most so many, the newest first. @default 100 */
  limit?: number;
}

/** A run as visibility shows it: no worker is asked. */
export interface RunSummary {
  workflowId: string;
  /** Temporal's status of the workflow: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, … */
  status: string;
  agentId?: string;
  /** Duvo's id of the run. */
  runId?: string;
  key?: string;
  startedAt: string;
  endedAt?: string;
  openGates: number;
  cancel?: CancelOutcome;
}

export async function* listRuns(client: Client, options: ListRunsOptions = {}): AsyncGenerator<RunSummary> {
  let remaining = options.limit ?? 100;
  for await (const info of client.workflow.list({ query: buildQuery(options) })) {
    if (remaining-- <= 0) return;
    yield toRunSummary(info);
  }
}

function buildQuery({ open, agentId }: ListRunsOptions): string {
  return joinConditions(
    equals('WorkflowType', AGENT_RUN_WORKFLOW_TYPE),
    equals('ExecutionStatus', open ? 'Running' : undefined),
    equals(SearchAttributes.agentId, agentId),
  );
}

function toRunSummary(info: WorkflowExecutionInfo): RunSummary {
  const { workflowId, status, memo, startTime, closeTime, searchAttributes } = info;
  const readAttribute = <T>(name: string) => (searchAttributes as Record<string, T[] | undefined>)[name]?.[0];
  const agentId = readAttribute<string>(SearchAttributes.agentId);
  const runId = readAttribute<string>(SearchAttributes.runId);
  const cancel = memo?.[MemoKeys.cancel] as CancelOutcome | undefined;
  const key = memo?.[MemoKeys.key] as string | undefined;
  return {
    workflowId,
    status: status.name,
    ...(agentId && { agentId }),
    ...(runId && { runId }),
    ...(key && { key }),
    startedAt: startTime.toISOString(),
    ...(closeTime && { endedAt: closeTime.toISOString() }),
    openGates: status.name === 'RUNNING' ? (readAttribute<number>(SearchAttributes.openGates) ?? 0) : 0,
    ...(cancel && { cancel }),
  };
}
