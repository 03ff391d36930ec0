import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { MemoKeys, readSearchAttribute, SearchAttributes } from '../../../contract/names';
import { type CancelOutcome, isStopConfirmed } from '../../../contract/runs';
import { describeWorkflow, readMemo } from '../../../temporal/memo-reader';
import { readErrorOf, readFailureOf } from '../../../temporal/read-result';
import { hadCompletedBeforeCancel, readFailedRunEnd } from '../../../temporal/run-end';
import { readSentStart, type SentStart } from './read-sent-start';

/**
 * What a workflow that ended, or was reset, left of its Duvo run. `ended`: the run has ended. `not-started`: no start was
 * sent, so what an earlier execution left may still be open. `run`: a run that may be active, or that
 * completed without a workflow that returned its result. `start`: a start that may have created a run, whose id is not known.
 */
export type ExecutionRemains =
  | { kind: 'ended'; start?: SentStart }
  | { kind: 'not-started' }
  | { kind: 'run'; runId: string; start?: SentStart }
  | { kind: 'start'; start: SentStart; closedAtMs: number };

/**
 * Inspects one execution of a run's workflow id. Executions that continued each other as new are one: the first of them
 * sent the start, and the last one has the end. Its start, and the response to it, are in its history, which is exact at
 * once, whereas visibility lags.
 *
 * @param key of the start that inherits. A start of the same key is the same start, which keeps its run even when the
 * workflow completed before it was reset.
 * @param inspected the Temporal run ids of the last executions that were inspected before; this one is added
 */
export async function inspectExecution(
  client: Client,
  workflowId: string,
  executionRunId: string,
  key: string,
  inspected: Set<string>,
): Promise<ExecutionRemains> {
  const description = await describeLast(client, workflowId, executionRunId);
  if (inspected.has(description.runId)) return { kind: 'not-started' };
  inspected.add(description.runId);
  const knownRunId = readSearchAttribute(description, SearchAttributes.runId);
  const start = await readSentStart(client, workflowId, description.runId, { needsRunId: knownRunId === undefined });
  const error = description.status.name === 'FAILED' ? await readFailureOf(client, description) : undefined;
  const end = readFailedRunEnd(error);
  const runId = end.runId ?? knownRunId ?? start?.runId;
  if (!start && !runId) return { kind: 'not-started' };
  if (start?.key !== key && hasConfirmedEnd(description, end.hasEnded))
    return { kind: 'ended', ...(start && { start }) };
  if (runId) return { kind: 'run', runId, ...(start && { start }) };
  if (!start || end.wasNotStarted) return { kind: 'not-started' };
  return { kind: 'start', start, closedAtMs: description.closeTime?.getTime() ?? Date.now() };
}

/** Describes the last execution of a chain of continue-as-new. */
async function describeLast(
  client: Client,
  workflowId: string,
  executionRunId: string,
): Promise<WorkflowExecutionDescription> {
  const description = await describeWorkflow(client, workflowId, executionRunId);
  if (description.status.name !== 'CONTINUED_AS_NEW') return description;
  const { newExecutionRunId } = ((await readErrorOf(client, description)) ?? {}) as { newExecutionRunId?: string };
  return newExecutionRunId ? describeLast(client, workflowId, newExecutionRunId) : description;
}

function hasConfirmedEnd(description: WorkflowExecutionDescription, hasEnded: boolean): boolean {
  switch (description.status.name) {
    case 'COMPLETED':
      return true;
    case 'CANCELLED':
      // The start attaches to a run that had completed before the cancel, because nobody has read its result.
      if (hadCompletedBeforeCancel(description)) return false;
      // An outcome that this worker cannot decode is no confirmation: the run is read from Duvo.
      return isStopConfirmed(readMemo<CancelOutcome>(description, MemoKeys.cancel));
    default:
      return hasEnded;
  }
}
