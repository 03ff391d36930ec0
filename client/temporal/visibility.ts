import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batches/batch-contract';
import { MemoKeys, readSearchAttribute, SearchAttributes } from '../../contract/names';
import { InvalidInputError } from '../errors';
import { hasUnreadableMemo, memoReader, readMemo } from '../../temporal/memo-reader';
import { quoteQueryText } from '../../temporal/query-text';

/** Temporal's statuses of a workflow, with their names in visibility queries. */
const QUERY_STATUSES = {
  RUNNING: 'Running',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CANCELLED: 'Canceled',
  TERMINATED: 'Terminated',
  TIMED_OUT: 'TimedOut',
} as const;

/** Temporal's status of a workflow. */
export type WorkflowStatus = keyof typeof QUERY_STATUSES;

/** What a list and a description of a workflow have in common. */
export type ExecutionInfo = Omit<WorkflowExecutionInfo, 'raw'>;

/** Options of every list of workflows. */
export interface ListOptions {
  /** Only workflows of this status. @default all */
  status?: WorkflowStatus;
  /** Only workflows that started at this time or later. */
  since?: Date;
  /** The maximum number of rows, the newest first. @default 100 */
  limit?: number;
}

/** A workflow as visibility shows it, without a request to a worker. Times are ISO 8601. */
export interface WorkflowSummary {
  workflowId: string;
  status: WorkflowStatus;
  /** The business key, when the workflow was started with one. */
  key?: string;
  /** Start of the latest execution: a workflow that was continued as new has started anew. */
  startedAt: string;
  /** Absent while the workflow runs. */
  endedAt?: string;
  /**
   * Set when this client cannot decode the workflow's memo, or its result, because it was encoded with another codec or key.
   * The row then lacks what the memo holds, such as the business key.
   */
  memoUnreadable?: true;
}

/**
 * Lists workflows, the newest first. Executions that were continued as new are left out, so that a workflow has one row.
 *
 * @param conditions of the visibility query; `undefined` ones are left out
 * @throws InvalidInputError
 */
export async function* listWorkflows(
  client: Client,
  { status, since, limit = 100 }: ListOptions,
  conditions: (string | undefined)[],
): AsyncGenerator<WorkflowExecutionInfo> {
  const query = joinConditions(statusCondition(status), sinceCondition(since), ...conditions);
  let remaining = limit;
  if (remaining <= 0) return;
  for await (const info of memoReader(client).list({ query })) {
    yield info;
    if (--remaining <= 0) return;
  }
}

/** Joins conditions by AND; `undefined` ones are left out. */
export function joinConditions(...conditions: (string | undefined)[]): string {
  return conditions.filter((one) => one !== undefined).join(' AND ');
}

/** Returns the condition that a field has a value; `undefined` without a value. */
export function equals(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name} = ${quoteQueryText(value)}`;
}

function statusCondition(status: WorkflowStatus | undefined): string {
  if (status === undefined) return `ExecutionStatus != 'ContinuedAsNew'`;
  if (!Object.hasOwn(QUERY_STATUSES, status))
    throw new InvalidInputError('status', `must be one of ${Object.keys(QUERY_STATUSES).join(', ')}`);
  return `ExecutionStatus = '${QUERY_STATUSES[status]}'`;
}

function sinceCondition(since: Date | undefined): string | undefined {
  const time = toQueryTime('since', since);
  return time && `StartTime >= '${time}'`;
}

/** Returns a time as a query has it. @throws InvalidInputError for an invalid Date */
export function toQueryTime(field: string, time: Date | undefined): string | undefined {
  if (time !== undefined && Number.isNaN(time.getTime())) throw new InvalidInputError(field, 'must be a valid Date');
  return time?.toISOString();
}

export function toWorkflowSummary(info: ExecutionInfo): WorkflowSummary {
  const { workflowId, status, startTime, closeTime } = info;
  const key = readMemo<string>(info, MemoKeys.key);
  return {
    workflowId,
    status: status.name as WorkflowStatus,
    ...(key && { key }),
    startedAt: startTime.toISOString(),
    ...(closeTime && { endedAt: closeTime.toISOString() }),
    ...(hasUnreadableMemo(info) && { memoUnreadable: true }),
  };
}

/** Returns the number of open gates; 0 for a closed workflow, whose search attribute keeps its last value. */
export function countOpenGates(info: ExecutionInfo): number {
  if (info.status.name !== 'RUNNING') return 0;
  return readSearchAttribute<number>(info, SearchAttributes.openGates) ?? 0;
}

/** Counts the items of a batch that wait for a person. Visibility has the answer, so no worker is queried. */
export async function countItemsWaitingForPeople(client: Client, batchId: string): Promise<number> {
  const query = joinConditions(
    equals('ExecutionStatus', QUERY_STATUSES.RUNNING),
    `${SearchAttributes.openGates} > 0`,
    // A run that an item's workflow started has no search attribute of the batch, so it is found by its parent's id.
    `(${equals(BATCH_ID_SEARCH_ATTRIBUTE, batchId)} OR ParentWorkflowId STARTS_WITH ${quoteQueryText(`${batchId}/item/`)})`,
  );
  return (await client.workflow.count(query)).count;
}
