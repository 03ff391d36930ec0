import type { WorkflowHandle } from '@temporalio/client';

/** Counts the workflow tasks that failed. The server itself repeats a task during which more signals arrived than its limit. */
export async function countFailedTasks(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  const failures = events?.flatMap(({ workflowTaskFailedEventAttributes: failure }) => failure ?? []) ?? [];
  return failures.filter(({ identity }) => identity !== 'history-service').length;
}
