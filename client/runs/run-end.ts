import type { WorkflowHandle } from '@temporalio/client';
import type { CancelOutcome, RunFailureDetails } from '../../contract/runs';
import { FailureTypes, findDuvoFailure } from '../../contract/failures';
import { SearchAttributes } from '../../contract/names';

/** Types of failures after which the Duvo run has ended. */
const RUN_ENDED_FAILURES: readonly unknown[] = [
  FailureTypes.RunFailed,
  FailureTypes.RunInterrupted,
  FailureTypes.RunCanceled,
  FailureTypes.RunGone,
  FailureTypes.OutputInvalid,
  FailureTypes.InvalidInput,
];

/** Types of failures after which the workflow stops the Duvo run, unless `onCancel` says to abandon it. */
const RUN_STOPPED_FAILURES: readonly unknown[] = [FailureTypes.RunDeadlineExceeded, FailureTypes.GateTimedOut];

/** The end of the Duvo run of a workflow that ended without completing. */
export interface RunEnd {
  /** Whether the Duvo run has ended, or was abandoned on purpose. */
  hasEnded: boolean;
  /** The outcome of stopping the Duvo run; absent when the workflow did not try to stop it. */
  stopOutcome?: CancelOutcome;
  runId?: string;
}

export async function readRunEnd(handle: WorkflowHandle): Promise<RunEnd> {
  const error = await handle.result().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const failure = findDuvoFailure(error);
  const { stopOutcome, runId } = (failure?.details?.[0] ?? {}) as Partial<RunFailureDetails>;
  const wasStopped =
    stopOutcome === undefined ? RUN_STOPPED_FAILURES.includes(failure?.type) : stopOutcome !== 'unconfirmed';
  const hasEnded = RUN_ENDED_FAILURES.includes(failure?.type) || wasStopped;
  return { hasEnded, ...(stopOutcome && { stopOutcome }), ...(runId && { runId }) };
}

/**
 * Returns the id of the Duvo run that an ended workflow may have left running: the workflow failed for another reason than
 * the run's end, or was terminated or timed out. Returns `undefined` after a cancel, whose caller received its outcome.
 */
export async function findRunLeftRunning(handle: WorkflowHandle): Promise<string | undefined> {
  const { status, searchAttributes } = await handle.describe();
  if (status.name === 'FAILED') {
    const { hasEnded, runId } = await readRunEnd(handle);
    return hasEnded ? undefined : runId;
  }
  const wasForceClosed = status.name === 'TERMINATED' || status.name === 'TIMED_OUT';
  return wasForceClosed
    ? (searchAttributes as Record<string, string[] | undefined>)[SearchAttributes.runId]?.[0]
    : undefined;
}
