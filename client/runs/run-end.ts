import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { type CancelOutcome, isStopConfirmed, type RunFailureDetails } from '../../contract/runs';
import { FailureTypes, findDuvoFailure, RUN_ENDED_FAILURES } from '../../contract/failures';
import { MemoKeys } from '../../contract/names';
import { readResultOf } from '../temporal/workflow-execution';

/** The end of the Duvo run of a workflow that ended without completing. */
export interface RunEnd {
  /** Whether the Duvo run has ended. */
  hasEnded: boolean;
  /** The outcome of stopping the Duvo run; absent when the workflow did not try to stop it. */
  stopOutcome?: CancelOutcome;
  runId?: string;
  /** Duvo refused the start, and no former workflow of the same id has left a run. */
  wasNotStarted?: true;
}

export async function readRunEnd(client: Client, description: WorkflowExecutionDescription): Promise<RunEnd> {
  const error = await readResultOf(client, description).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const failure = findDuvoFailure(error);
  const [runDetails, callDetails] = (failure?.details ?? []) as [
    Partial<RunFailureDetails>?,
    { notStarted?: boolean }?,
  ];
  const { stopOutcome, runId } = runDetails ?? {};
  // A start that could not read the run of a former workflow has sent nothing, but that run may be active.
  const wasNotStarted = callDetails?.notStarted === true && failure?.type !== FailureTypes.RunUnreadable;
  const hasEnded = RUN_ENDED_FAILURES.includes(failure?.type) || isStopConfirmed(stopOutcome);
  return {
    hasEnded,
    ...(stopOutcome && { stopOutcome }),
    ...(runId && { runId }),
    ...(wasNotStarted && { wasNotStarted }),
  };
}

/**
 * Whether a workflow that ended without completing has left nothing open in Duvo: its run has ended, or its start was
 * refused. Otherwise a run may be active, or a start whose response is missing may have created one.
 */
export async function hasLeftNothingOpen(client: Client, description: WorkflowExecutionDescription): Promise<boolean> {
  const { status, memo } = description;
  if (status.name === 'CANCELLED') return isStopConfirmed(memo?.[MemoKeys.cancel] as CancelOutcome | undefined);
  if (status.name !== 'FAILED') return false;
  const { hasEnded, wasNotStarted } = await readRunEnd(client, description);
  return hasEnded || wasNotStarted === true;
}
