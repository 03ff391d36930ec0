import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { type CallEffect, FailureTypes, findDuvoFailure, RUN_ENDED_FAILURES } from '../contract/failures';
import { MemoKeys } from '../contract/names';
import { type CancelOutcome, isStopConfirmed, type RunFailureDetails } from '../contract/runs';
import { describeWorkflow, readMemo } from './memo-reader';
import { readFailureOf } from './read-result';

/** What the failure of a run's workflow says of the Duvo run. */
export interface FailedRunEnd {
  /** Whether the Duvo run has ended. */
  hasEnded: boolean;
  /** The outcome of stopping the Duvo run; absent when the workflow did not try to stop it. */
  stopOutcome?: CancelOutcome;
  runId?: string;
  /** The workflow has created no run. */
  wasNotStarted?: true;
  /** With `wasNotStarted`: the workflow has found that no former workflow of the same id has left a run open. */
  hasNoFormerRun?: true;
}

/** @param error with which the workflow failed */
export function readFailedRunEnd(error: unknown): FailedRunEnd {
  const { type, details } = findDuvoFailure(error) ?? {};
  const [runDetails, marks] = (details ?? []) as [Partial<RunFailureDetails>?, CallEffect?];
  const { stopOutcome, runId } = runDetails ?? {};
  // The workflow checks its input before it calls the start activity, which inspects the former workflow.
  const wasRefused = type === FailureTypes.InvalidInput && !runId;
  return {
    hasEnded: RUN_ENDED_FAILURES.includes(type) || isStopConfirmed(stopOutcome),
    ...(stopOutcome && { stopOutcome }),
    ...(runId && { runId }),
    ...((marks?.notStarted || wasRefused) && { wasNotStarted: true }),
    ...(marks?.notStarted && !marks.formerMayBeOpen && { hasNoFormerRun: true }),
  };
}

/** Whether a workflow was cancelled after its run had completed in Duvo, so that the run's result is still to be read. */
export function hadCompletedBeforeCancel(description: WorkflowExecutionDescription): boolean {
  return (
    description.status.name === 'CANCELLED' &&
    readMemo<CancelOutcome>(description, MemoKeys.cancel) === 'already-finished' &&
    readMemo<string>(description, MemoKeys.cancelledRunStatus) === 'completed'
  );
}

/**
 * What a workflow left in Duvo. `nothing`: its run has ended, or it has sent no start and the former workflow of the same id
 * has left nothing. `completed`: a run that had completed before the workflow was cancelled. `open`: a run may be active, or
 * a start whose response is missing may have created one.
 */
export type RunRemains = 'nothing' | 'completed' | 'open';

/** @param error with which the workflow failed, if the caller has read it */
export async function readRunRemains(
  client: Client,
  description: WorkflowExecutionDescription,
  error?: unknown,
): Promise<RunRemains> {
  const { status, workflowId } = description;
  if (status.name === 'COMPLETED') return 'nothing';
  if (hadCompletedBeforeCancel(description)) return 'completed';
  if (status.name === 'CANCELLED')
    return isStopConfirmed(readMemo<CancelOutcome>(description, MemoKeys.cancel)) ? 'nothing' : 'open';
  if (status.name !== 'FAILED') return 'open';
  const end = readFailedRunEnd(error ?? (await readFailureOf(client, description)));
  if (end.hasEnded || end.hasNoFormerRun) return 'nothing';
  if (!end.wasNotStarted) return 'open';
  const former = readMemo<string>(description, MemoKeys.former);
  if (!former) return former === '' ? 'nothing' : 'open';
  return readRunRemains(client, await describeWorkflow(client, workflowId, former));
}
