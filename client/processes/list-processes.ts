import type { Client } from '@temporalio/client';
import { BATCH_ID_SEARCH_ATTRIBUTE } from '../../contract/batches/batch-contract';
import { PACKAGE_WORKFLOW_TYPES } from '../temporal/typed-workflow';
import {
  countOpenGates,
  equals,
  type ExecutionInfo,
  type ListOptions,
  listWorkflows,
  toWorkflowSummary,
  type WorkflowSummary,
} from '../temporal/visibility';

export interface ListProcessesOptions extends ListOptions {
  /** Only processes of this workflow type. */
  type?: string;
  /** Also processes that batches started for their items. @default false */
  includeBatchItems?: boolean;
}

/** A process as visibility shows it, without a request to a worker. */
export interface ProcessSummary extends WorkflowSummary {
  /** The workflow type. */
  type: string;
  openGates: number;
}

/** Lists users' own workflows on the task queue, the newest first. */
export async function* listProcesses(
  client: Client,
  taskQueue: string,
  { type, includeBatchItems = false, ...options }: ListProcessesOptions = {},
): AsyncGenerator<ProcessSummary> {
  const packageTypes = PACKAGE_WORKFLOW_TYPES.map((name) => `'${name}'`).join(', ');
  const conditions = [
    equals('TaskQueue', taskQueue),
    equals('WorkflowType', type),
    `WorkflowType NOT IN (${packageTypes})`,
    includeBatchItems ? undefined : `${BATCH_ID_SEARCH_ATTRIBUTE} IS NULL`,
  ];
  for await (const info of listWorkflows(client, options, conditions)) yield toProcessSummary(info);
}

export function toProcessSummary(info: ExecutionInfo): ProcessSummary {
  return { ...toWorkflowSummary(info), type: info.type, openGates: countOpenGates(info) };
}
