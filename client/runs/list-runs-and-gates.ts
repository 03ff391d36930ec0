import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batch-contract';
import {
  AGENT_RUN_WORKFLOW_TYPE,
  type CancelOutcome,
  type GateSummary,
  MemoKeys,
  SearchAttributes,
} from '../../contract/run-contract';

export interface ListRunsOptions {
  /** Only runs that are open. @default false */
  open?: boolean;
  /** Only runs of this agent. */
  agentId?: string;
  /** At most so many, the newest first. @default 100 */
  limit?: number;
}

export interface ListGatesOptions {
  /** Only of runs of this agent. */
  agentId?: string;
  /** Only of this batch's items: its workflow id. */
  batchId?: string;
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
  for await (const info of client.workflow.list({ query: buildRunsQuery(options) })) {
    if (remaining-- <= 0) return;
    yield toRunSummary(info);
  }
}

/** The open gates of all runs and processes, the longest open first: one visibility query, whatever their number. */
export async function listOpenGates(
  client: Client,
  { agentId, batchId }: ListGatesOptions = {},
): Promise<GateSummary[]> {
  const batchCondition =
    batchId === undefined ? '' : ` AND ${BATCH_ID_SEARCH_ATTRIBUTE} = '${escapeQueryText(batchId)}'`;
  // A process of any type may have gates; the attribute tells.
  const query = `${buildConditions({ open: true, agentId }).join(' AND ')} AND ${SearchAttributes.openGates} > 0${batchCondition}`;
  const gates: GateSummary[] = [];
  for await (const { memo } of client.workflow.list({ query })) {
    gates.push(...((memo?.[MemoKeys.gates] as GateSummary[] | undefined) ?? []));
  }
  return gates.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1));
}

function buildRunsQuery(options: ListRunsOptions): string {
  return [`WorkflowType = '${AGENT_RUN_WORKFLOW_TYPE}'`, ...buildConditions(options)].join(' AND ');
}

function buildConditions({ open, agentId }: ListRunsOptions): string[] {
  return [
    ...(open ? [`ExecutionStatus = 'Running'`] : []),
    ...(agentId !== undefined ? [`${SearchAttributes.agentId} = '${escapeQueryText(agentId)}'`] : []),
  ];
}

function escapeQueryText(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/'/g, "\\'");
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
