import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { WorkflowTaskFailedCause } = temporal.api.enums.v1;

/**
 * Why the server repeats a task whose commands end the workflow: a signal or an update arrived while the worker had the
 * task, and would be lost. This depends on timing only. The event has the worker's identity, although the worker reported
 * no failure.
 */
const CROSSED_BY_MESSAGE = new Set<unknown>([
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_UPDATE,
]);

/**
 * Counts the workflow tasks that failed because of the workflow or its worker, also those with commands that the server
 * refused, such as one that is too large. The server also repeats a task, with its own identity, during which more signals
 * arrived than its limit.
 */
export async function countFailedTasks(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  const failures = events?.flatMap(({ workflowTaskFailedEventAttributes: failure }) => failure ?? []) ?? [];
  return failures.filter(({ cause, identity }) => identity !== 'history-service' && !CROSSED_BY_MESSAGE.has(cause))
    .length;
}
