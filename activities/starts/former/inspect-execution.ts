import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { findDuvoFailure, RUN_ENDED_FAILURES } from '../../../contract/failures';
import { MemoKeys, readSearchAttribute, SearchAttributes } from '../../../contract/names';
import { type CancelOutcome, isStopConfirmed, type RunFailureDetails } from '../../../contract/runs';
import { readSentStart, type SentStart } from './read-sent-start';

/**
 * What a workflow that ended, or was reset, left of its Duvo run. `ended`: the run has ended. `not-started`: no start was
 * sent. `run`: a run that may be active. `start`: a start that may have created a run, whose id is not known.
 */
export type ExecutionRemains =
  | { kind: 'ended' }
  | { kind: 'not-started' }
  | { kind: 'run'; runId: string; start?: SentStart }
  | { kind: 'start'; start: SentStart; closedAtMs: number };

/**
 * Inspects one execution of a run's workflow id. Its start, and what became of it, is in its history, which is exact at
 * once, other than visibility.
 *
 * @param key of the start that asks. The same start has the same run, whatever became of the workflow.
 */
export async function inspectExecution(
  client: Client,
  workflowId: string,
  executionRunId: string,
  key: string,
): Promise<ExecutionRemains> {
  const description = await client.workflow.getHandle(workflowId, executionRunId).describe();
  const start = await readSentStart(client, workflowId, executionRunId);
  const failure = description.status.name === 'FAILED' ? await readFailure(client, description) : undefined;
  const [runDetails, callDetails] = (failure?.details ?? []) as [
    Partial<RunFailureDetails>?,
    { notStarted?: boolean }?,
  ];
  const runId = runDetails?.runId ?? readSearchAttribute(description, SearchAttributes.runId) ?? start?.runId;
  if (start?.key !== key && hasConfirmedEnd(description, failure?.type, runDetails?.stopOutcome))
    return { kind: 'ended' };
  if (runId !== undefined) return { kind: 'run', runId, ...(start && { start }) };
  if (!start || callDetails?.notStarted) return { kind: 'not-started' };
  return { kind: 'start', start, closedAtMs: description.closeTime?.getTime() ?? Date.now() };
}

async function readFailure(client: Client, { workflowId, runId }: WorkflowExecutionDescription) {
  try {
    await client.workflow.getHandle(workflowId, runId, { followRuns: false }).result();
    return undefined;
  } catch (error) {
    if ((error as Error).name !== 'WorkflowFailedError') throw error;
    return findDuvoFailure(error);
  }
}

function hasConfirmedEnd(
  { status, memo }: WorkflowExecutionDescription,
  failureType: string | null | undefined,
  stopOutcome: CancelOutcome | undefined,
): boolean {
  switch (status.name) {
    case 'COMPLETED':
    case 'CONTINUED_AS_NEW':
      return true;
    case 'CANCELLED':
      return isStopConfirmed(memo?.[MemoKeys.cancel] as CancelOutcome | undefined);
    case 'FAILED':
      return RUN_ENDED_FAILURES.includes(failureType) || isStopConfirmed(stopOutcome);
    default:
      return false;
  }
}
