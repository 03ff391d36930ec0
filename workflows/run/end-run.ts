import { CancelledFailure } from '@temporalio/workflow';
import { FailureTypes } from '../../contract/failures';
import { type AgentRunResult, type CancelOutcome, isTerminalStatus, RUN_GONE } from '../../contract/runs';
import { mayHaveArrived } from '../gates/delivery-state';
import { listOpenGates } from '../gates/gate-book';
import { isActivityCancellation } from '../process/activity-proxies';
import type { LiveRun } from './live-run';
import { formerExecutionHint } from './run-calls';
import { failureOfEndedRun, runFailure } from './run-failures';
import { applyRunEnd, clocksAt, closeAtEnd, closeUnanswered } from './run-machine';
import { isMessageStarted } from './state/previous-end';
import { findGateOfRequest } from './state/shown-request';
import { stopRemoteRun } from './stop-remote-run';

/** How long the read of the last message is retried before the run fails without it. */
const READ_LAST_MESSAGE_TIMEOUT_MS = 60_000;

/** The part of a run's result that has the agent's last message. */
export type RunOutput = Pick<AgentRunResult<unknown>, 'output' | 'text' | 'outputTruncated' | 'outputError'>;

/** Returns the result of a run that has ended, or throws its failure. */
export async function finishRun(run: LiveRun, checkedOutput?: RunOutput): Promise<AgentRunResult<unknown>> {
  closeRun(run);
  const { memory } = run;
  if (memory.status !== 'completed') throw failureOfEndedRun(memory, await readLastMessage(run));
  const output = checkedOutput ?? (await readOutput(run));
  return {
    runId: memory.runId ?? '',
    status: memory.status,
    ...(memory.owner !== undefined && { owner: memory.owner }),
    ...(memory.outcome !== undefined && { outcome: memory.outcome }),
    ...output,
    start: memory.start ?? 'started',
    ...(memory.resumeCount && { resumeCount: memory.resumeCount }),
    gates: memory.gates.map(({ gate }) => gate),
    clocks: clocksAt(memory, Date.now()),
    ...(memory.unusedAnswers.length > 0 && { unusedAnswers: memory.unusedAnswers }),
    ...(memory.omittedGates && { omittedGates: memory.omittedGates }),
    ...(memory.omittedAnswers && { omittedAnswers: memory.omittedAnswers }),
  };
}

async function readOutput(run: LiveRun): Promise<RunOutput> {
  try {
    const { text, truncated, error } = await run.calls.readLastReply();
    return { output: text, ...(truncated && { outputTruncated: truncated }), ...(error && { outputError: error }) };
  } catch (error) {
    if (!run.cancelled) throw error;
    run.setCancelOutcome('already-finished');
    throw new CancelledFailure('the run was cancelled');
  }
}

/** Returns the agent's last message for the details of a failure; `undefined` when it cannot be read soon. */
export async function readLastMessage(run: LiveRun): Promise<string | undefined> {
  const { runId, status } = run.memory;
  if (!runId || status === RUN_GONE || run.cancelled) return undefined;
  try {
    return (await run.calls.readLastReply(READ_LAST_MESSAGE_TIMEOUT_MS)).text;
  } catch (error) {
    if (!isActivityCancellation(error)) throw error;
    return undefined;
  }
}

/** Polls once more, and then stops a run that has not ended within its deadline. */
export async function stopAtDeadline(run: LiveRun): Promise<void> {
  const { memory } = run;
  await run.pollNow();
  // The poll may show that the run has ended, or that it has been waiting for a person since before the deadline.
  if (run.cancelled || isTerminalStatus(memory.status) || !run.timers.hasDeadlinePassed) return;
  const stopOutcome = await stopUnlessAbandoned(run, () => run.timers.hasDeadlinePassed);
  if (!stopOutcome || run.hasDoneItsWork) return;
  if (run.cancelled) return endCancelled(run, stopOutcome);
  const message = `Duvo run ${memory.runId} exceeded its deadline`;
  const lastMessage = await readLastMessage(run);
  throw closeWithFailure(run, () =>
    runFailure(FailureTypes.RunDeadlineExceeded, message, memory, { stopOutcome, lastMessage }),
  );
}

/** @param outcome the outcome of a stop that was made for another reason */
export async function endCancelled(run: LiveRun, outcome?: CancelOutcome): Promise<never> {
  run.setCancelOutcome(outcome ?? (await stopUnlessAbandoned(run)) ?? 'unconfirmed');
  throw closeWithFailure(run, () => new CancelledFailure('the run was cancelled'));
}

/**
 * Stops the Duvo run, unless the input says that it is abandoned.
 *
 * @param isStopNeeded whether the reason of the stop is still there. It is called after a poll. A cancelled run is always
 * stopped. @default the stop is needed
 * @returns `undefined` when the run was not stopped because `isStopNeeded` returned false
 */
export async function stopUnlessAbandoned(
  run: LiveRun,
  isStopNeeded: () => boolean = () => true,
): Promise<CancelOutcome | undefined> {
  const { memory } = run;
  run.watch.cancel();
  // Without a run id, the response to the start is missing, or no start was sent. In the latter case, the run that a
  // former execution of the workflow id left open is not known, because the start would have looked it up.
  if (!memory.runId) return memory.start || formerExecutionHint() !== '' ? 'unconfirmed' : 'confirmed';
  // A message that may have been sent to the ended run may have resumed it.
  if (isTerminalStatus(memory.status) && !isMessageStarted(memory)) return 'already-finished';
  if (run.plan.onCancel === 'abandon') return 'unconfirmed';
  return stopRemoteRun(run, {
    isStopNeeded: () => run.cancelled || isStopNeeded(),
    onApprovalDenied: (requestId, isConfirmed) => {
      run.isApprovalDeniedByStop = true;
      const record = findGateOfRequest(memory, requestId);
      if (record && isConfirmed) record.acceptedByDuvoAtMs = Date.now();
      if (record?.gate.status !== 'open') return;
      const outcome = record.acceptedAnswer?.timedOut ? 'timed-out' : 'withdrawn';
      // A denial without a response counts as delivered when the request is gone, and the accepted answer may be why.
      if (isConfirmed && !mayHaveArrived(record)) closeUnanswered(memory, record, outcome, Date.now());
      else record.mayBeDeniedByStop = true;
    },
  });
}

/** Closes the open gates and stops the clocks, because nothing more happens to the run in this workflow. */
export function closeRun(run: LiveRun): void {
  const { memory } = run;
  for (const record of listOpenGates(memory)) closeAtEnd(memory, record, Date.now());
  applyRunEnd(memory, Date.now());
  run.messages.isRunClosed = true;
  run.updateVisibility();
}

/** Closes the run, and then makes its failure, which has the gates and the clocks as they ended. */
export function closeWithFailure<T>(run: LiveRun, makeFailure: () => T): T {
  closeRun(run);
  return makeFailure();
}
