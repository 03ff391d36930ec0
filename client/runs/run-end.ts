import type { WorkflowHandle } from '@temporalio/client';
import {
  type CancelOutcome,
  FailureTypes,
  type RunFailureDetails,
  SearchAttributes,
} from '../../contract/run-contract';
import { typedCause } from '../errors';

/** Failures that say how the Duvo run itself ended. */
const ENDS: readonly unknown[] = [
  FailureTypes.RunFailed,
  FailureTypes.RunInterrupted,
  FailureTypes.RunCanceled,
  FailureTypes.RunGone,
  FailureTypes.OutputInvalid,
  FailureTypes.InvalidInput,
];

/** Failures after which the run was stopped; what came of it is not told by older versions. */
const STOPPED: readonly unknown[] = [FailureTypes.RunDeadlineExceeded, FailureTypes.GateTimedOut];

/** What is known of the Duvo run of a workflow that has closed without completing. */
export interface RunEnd {
  /** Whether the run is known to have ended. */
  known: boolean;
  /** What came of stopping it, when that was tried. */
  stop?: CancelOutcome;
  runId?: string;
}

export async function endOf(handle: WorkflowHandle): Promise<RunEnd> {
  const error = await handle.result().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const failure = typedCause(error);
  const { stop, runId } = (failure?.details?.[0] ?? {}) as Partial<RunFailureDetails>;
  const hasEnded = stop === undefined ? STOPPED.includes(failure?.type) : stop !== 'unconfirmed';
  const known = ENDS.includes(failure?.type) || hasEnded;
  return { known, ...(stop && { stop }), ...(runId && { runId }) };
}

/**
 * The Duvo run that a closed workflow may have left working: it failed for another reason than the run's end, or was
 * ended by force. Not after a cancel: whoever cancels was told what came of it.
 */
export async function runLeftBehind(handle: WorkflowHandle): Promise<string | undefined> {
  const { status, searchAttributes } = await handle.describe();
  if (status.name === 'FAILED') {
    const { known, runId } = await endOf(handle);
    return known ? undefined : runId;
  }
  const byForce = status.name === 'TERMINATED' || status.name === 'TIMED_OUT';
  return byForce ? (searchAttributes as Record<string, string[] | undefined>)[SearchAttributes.runId]?.[0] : undefined;
}
