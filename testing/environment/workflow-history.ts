import type { WorkflowHandle } from '@temporalio/client';

export type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

const END_ATTRIBUTES = [
  'workflowExecutionCompletedEventAttributes',
  'workflowExecutionFailedEventAttributes',
  'workflowExecutionTimedOutEventAttributes',
  'workflowExecutionCanceledEventAttributes',
  'workflowExecutionTerminatedEventAttributes',
] as const;

/**
 * Causes of a failed workflow task that are errors of the workflow's code, by their numbers in Temporal's protocol:
 * unspecified (from the time-skipping server), WORKFLOW_WORKER_UNHANDLED_FAILURE and NON_DETERMINISTIC_ERROR.
 */
const CODE_ERROR_CAUSES = [0, 14, 24];

export function isClosed(events: HistoryEvent[]): boolean {
  const last = events.at(-1);
  return last !== undefined && END_ATTRIBUTES.some((name) => last[name]);
}

export function hasTimedOut(events: HistoryEvent[]): boolean {
  return Boolean(events.at(-1)?.workflowExecutionTimedOutEventAttributes);
}

/** Returns the ids of the child workflows that the workflow has started and that have not ended. */
export function startedChildIds(events: HistoryEvent[]): string[] {
  const ended = endedChildIds(events);
  return events.flatMap(({ childWorkflowExecutionStartedEventAttributes: started }) => {
    const id = started?.workflowExecution?.workflowId;
    return id && !ended.has(id) ? [id] : [];
  });
}

function endedChildIds(events: HistoryEvent[]): Set<string> {
  return new Set(
    events.flatMap((event) => {
      const end =
        event.childWorkflowExecutionCompletedEventAttributes ??
        event.childWorkflowExecutionFailedEventAttributes ??
        event.childWorkflowExecutionCanceledEventAttributes ??
        event.childWorkflowExecutionTimedOutEventAttributes ??
        event.childWorkflowExecutionTerminatedEventAttributes;
      return end?.workflowExecution?.workflowId ?? [];
    }),
  );
}

/**
 * Returns the reason why an open workflow can never end: the worker cannot execute its workflow task, or the server does not
 * report the termination of a child workflow, as the time-skipping server does not.
 */
export function findHang(workflowId: string, events: HistoryEvent[], terminatedIds: Set<string>): string | undefined {
  const failed = events.findLast(
    ({ workflowTaskFailedEventAttributes: attributes }) =>
      attributes && CODE_ERROR_CAUSES.includes(attributes.cause ?? 0),
  )?.workflowTaskFailedEventAttributes;
  if (failed) {
    const type = events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name;
    return `the worker cannot execute the workflow ${type} (${workflowId}): ${failed.failure?.message}.${exportHint(failed.failure?.message)}`;
  }
  const orphan = startedChildIds(events).find((id) => terminatedIds.has(id));
  if (orphan === undefined) return undefined;
  return (
    `the test terminated ${orphan}, for which ${workflowId} waits. The time-skipping server does not report a ` +
    'termination to the parent workflow: cancel the child instead, or create the environment without timeSkipping.'
  );
}

function exportHint(message: string | null | undefined): string {
  return message?.includes('no such function is exported')
    ? " Export it from the module of `workflowsPath`; `agentRun` is exported by 'duvo-temporal/workflows', and the workflows of batches by 'duvo-temporal/workflows/batch'."
    : '';
}
