import type { WorkflowHandle } from '@temporalio/client';
import type { CancelOutcome, RunFailureDetails } from '../../contract/runs';
import { FailureTypes, findDuvoFailure } from '../../contract/failures';
import { SearchAttributes } from '../../contract/names';

/** Failures that say how the Duvo run itself ended. */
const RUN_ENDED_FAILURES: readonly unknown[] = [
  FailureTypes.RunFailed,
  FailureTypes.RunInterrupted,
  FailureTypes.RunCanceled,
  FailureTypes.RunGone,
  FailureTypes.OutputInvalid,
  FailureTypes.InvalidInput,
];

/** Failures after which the run was stopped; what came of it is not told by older versions. */
const RUN_STOPPED_FAILURES: readonly unknown[] = [FailureTypes.RunDeadlineExceeded, FailureTypes.GateTimedOut];

/** What is known of the Duvo run of a workflow that has closed without completing. */
export interface RunEnd {
  /** Whether the run is known to have ended. */
  hasEnded: boolean;
  /** What came of stopping it, when that was tried. */
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
 * The Duvo run that a closed workflow may have left working: it failed for another reason than the run's end, or was
 * ended by force. Not after a cancel: whoever cancels was told what came of it.
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
