import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { type CancelOutcome, isStopConfirmed, type RunFailureDetails } from '../../contract/runs';
import { findDuvoFailure, RUN_ENDED_FAILURES } from '../../contract/failures';
import { readSearchAttribute, SearchAttributes } from '../../contract/names';
import { readResultOf } from '../temporal/workflow-execution';

/** The end of the Duvo run of a workflow that ended without completing. */
export interface RunEnd {
  /** Whether the Duvo run has ended. */
  hasEnded: boolean;
  /** The outcome of stopping the Duvo run; absent when the workflow did not try to stop it. */
  stopOutcome?: CancelOutcome;
  runId?: string;
}

export async function readRunEnd(client: Client, description: WorkflowExecutionDescription): Promise<RunEnd> {
  const error = await readResultOf(client, description).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const failure = findDuvoFailure(error);
  const { stopOutcome, runId } = (failure?.details?.[0] ?? {}) as Partial<RunFailureDetails>;
  const hasEnded = RUN_ENDED_FAILURES.includes(failure?.type) || isStopConfirmed(stopOutcome);
  return { hasEnded, ...(stopOutcome && { stopOutcome }), ...(runId && { runId }) };
}

/**
 * Returns the id of the Duvo run that an ended workflow may have left running: the workflow failed for another reason than
 * the run's end, or was terminated or timed out. Returns `undefined` after a cancel, whose caller received its outcome.
 */
export async function findRunLeftRunning(
  client: Client,
  description: WorkflowExecutionDescription,
): Promise<string | undefined> {
  const { name } = description.status;
  if (name === 'FAILED') {
    const { hasEnded, runId } = await readRunEnd(client, description);
    return hasEnded ? undefined : runId;
  }
  const wasForceClosed = name === 'TERMINATED' || name === 'TIMED_OUT';
  return wasForceClosed ? readSearchAttribute(description, SearchAttributes.runId) : undefined;
}
