import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { cutText } from '../../contract/text/cut-text';

/** The last events of a history, which hold the failure of a task that is repeated. */
const LAST_EVENTS = 10;
const MAX_MESSAGE_CHARS = 300;

type TaskDescription = Pick<WorkflowExecutionDescription, 'workflowId' | 'runId' | 'type' | 'taskQueue' | 'raw'>;

/**
 * Reads why the workflow task of a workflow fails. Temporal repeats a failed workflow task for ever, so such a workflow makes
 * no progress, answers no query and cannot be cancelled.
 *
 * @returns the problem and its fix; `undefined` when no task has failed
 */
export async function findTaskFailure(client: Client, description: TaskDescription): Promise<string | undefined> {
  const { workflowId, type, taskQueue, raw } = description;
  const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt <= 1) return undefined;
  const message = await readLastTaskFailure(client, description);
  if (message === undefined) return undefined;
  if (message.includes('no such function is exported'))
    return (
      `${workflowId}: no worker of the task queue ${taskQueue} has the workflow '${type}': export it from the worker's ` +
      'workflow file, or start the right type on the right task queue'
    );
  return `${workflowId}: its workflow task fails again and again (attempt ${attempt}): ${message}`;
}

async function readLastTaskFailure(
  { workflowService, options: { namespace } }: Client,
  { workflowId, runId }: TaskDescription,
): Promise<string | undefined> {
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: LAST_EVENTS,
  });
  for (const event of history?.events ?? []) {
    // The failures before this event were those of another task.
    if (event.workflowTaskCompletedEventAttributes) return undefined;
    const [line] = (event.workflowTaskFailedEventAttributes?.failure?.message ?? '').split('\n');
    if (line) return cutText(line, MAX_MESSAGE_CHARS);
  }
  return undefined;
}
