import { CancelledFailure } from '@temporalio/workflow';
import { isTerminalStatus, type AgentRunResult, type CancelOutcome } from '../../contract/runs';
import { FailureTypes } from '../../contract/failures';
import { listOpenGates } from '../gates/gate-book';
import type { Reply } from './last-reply';
import type { LiveRun } from './live-run';
import { applicationCause, failureOfEndedRun, runFailure } from './run-failures';
import { clocksAt, closeUnanswered, applyRunEnd } from './run-machine';
import { stopRemoteRun } from './stop-remote-run';
import { upsertCancelOutcome } from './visibility';

/** Gives the result of a run that has ended, or fails as it did. */
export async function finishRun(run: LiveRun, checkedReply?: Reply): Promise<AgentRunResult> {
  closeRun(run);
  const { memory } = run;
  if (memory.status !== 'completed') throw failureOfEndedRun(memory);
  let reply: Reply;
  try {
    reply = checkedReply ?? (await run.remote.readLastReply());
  } catch (error) {
    if (!run.cancelled) throw error;
    upsertCancelOutcome((run.cancelOutcome = 'already-finished'));
    throw new CancelledFailure('the run was cancelled');
  }
  return {
    runId: memory.runId ?? '',
    status: memory.status,
    ...(memory.owner !== undefined && { owner: memory.owner }),
    ...(memory.outcome !== undefined && { outcome: memory.outcome }),
    ...reply,
    start: memory.start ?? 'started',
    ...(memory.resumed && { resumed: memory.resumed }),
    gates: memory.gates.map(({ gate }) => gate),
    clocks: clocksAt(memory, Date.now()),
    ...(memory.unused.length > 0 && { unusedAnswers: memory.unused }),
  };
}

/** One last look, then the run is stopped. */
export async function stopAtDeadline(run: LiveRun): Promise<void> {
  const { memory } = run;
  await run.pollNow();
  // The last look may have found the end, or a person who has been waited for since before the deadline.
  if (run.cancelled || isTerminalStatus(memory.status) || run.deadlineLeftMs() > 0) return;
  const stop = await stopUnlessAbandoned(run);
  if (memory.status === 'completed') return;
  if (run.cancelled) return endCancelled(run, stop);
  const message = `Duvo run ${memory.runId} exceeded its deadline`;
  throw closeRun(run, runFailure(FailureTypes.RunDeadlineExceeded, message, memory, stop));
}

/** @param verdict of a stop that was under way already */
export async function endCancelled(run: LiveRun, verdict?: CancelOutcome): Promise<never> {
  run.cancelOutcome = verdict ?? (await stopUnlessAbandoned(run));
  upsertCancelOutcome(run.cancelOutcome);
  throw closeRun(run, new CancelledFailure('the run was cancelled'));
}

/** A call was refused for good: nobody will watch the run any more, so it is not left working. */
export async function stopAfterCallFailure(run: LiveRun, error: unknown): Promise<CancelOutcome | undefined> {
  const { runId, status } = run.memory;
  if (!applicationCause(error) || !runId || isTerminalStatus(status)) return undefined;
  return stopUnlessAbandoned(run);
}

/** Ends the Duvo run, unless it is to be left alone; the machine sees what became of it. */
export async function stopUnlessAbandoned(run: LiveRun): Promise<CancelOutcome> {
  const { memory, remote } = run;
  run.watch.cancel();
  // Nothing was sent, or what was sent has no answer.
  if (!memory.runId) return memory.start ? 'unconfirmed' : 'confirmed';
  if (run.plan.onCancel === 'abandon') return 'unconfirmed';
  return stopRemoteRun({
    ...remote.callTarget(),
    key: remote.idempotencyKey('stop'),
    onPoll: (look) => run.applyPolledRun(look),
    onApprovalWithdrawn: (requestId) => {
      const record = listOpenGates(memory).find(({ gate }) => gate.gateId === requestId);
      if (record) closeUnanswered(memory, record, 'withdrawn', Date.now());
    },
  });
}

/** Nothing more will happen to the run here: gates that are still open close, the clocks stop. */
export function closeRun<T>(run: LiveRun, end?: T): T {
  const { memory } = run;
  for (const record of listOpenGates(memory)) closeUnanswered(memory, record, 'withdrawn', Date.now());
  applyRunEnd(memory, Date.now());
  run.messages.isRunClosed = true;
  run.updateVisibility();
  return end as T;
}
