import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { FailureTypes, findDuvoFailure, RUN_ENDED_FAILURES } from '../contract/failures';
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

interface CallMarks {
  notStarted?: boolean;
  formerMayBeOpen?: boolean;
}

/** @param error with which the workflow failed */
export function readFailedRunEnd(error: unknown): FailedRunEnd {
  const { type, details } = findDuvoFailure(error) ?? {};
  const [runDetails, marks] = (details ?? []) as [Partial<RunFailureDetails>?, CallMarks?];
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

/**
 * Whether the workflow of a run has ended and left nothing open in Duvo: its run has ended, or it has sent no start and
 * the former workflow of the same id has left nothing open. Otherwise a run may be active, or a start whose response is
 * missing may have created one.
 *
 * @param error with which the workflow failed, if the caller has read it
 */
export async function hasLeftNothingOpen(
  client: Client,
  description: WorkflowExecutionDescription,
  error?: unknown,
): Promise<boolean> {
  const { status, workflowId } = description;
  if (status.name === 'COMPLETED') return true;
  if (status.name === 'CANCELLED') return isStopConfirmed(readMemo<CancelOutcome>(description, MemoKeys.cancel));
  if (status.name !== 'FAILED') return false;
  const end = readFailedRunEnd(error ?? (await readFailureOf(client, description)));
  if (end.hasEnded || end.hasNoFormerRun) return true;
  if (!end.wasNotStarted) return false;
  const former = readMemo<string>(description, MemoKeys.former);
  if (!former) return former === '';
  return hasLeftNothingOpen(client, await describeWorkflow(client, workflowId, former));
}
