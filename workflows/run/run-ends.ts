import { CancelledFailure } from '@temporalio/workflow';
import { type AgentRunResult, type CancelVerdict, FailureTypes } from '../../contract/run-contract';
import { openGates } from '../gates/gate-book';
import type { Reply } from './last-reply';
import type { LiveRun } from './live-run';
import { applicationCause, endFailure, runFailure } from './run-failures';
import { clocksAt, closeUnanswered, isTerminal, settle } from './run-machine';
import { stopRemoteRun } from './stop-remote-run';
import { showCancel } from './visibility';

/** Gives the result of a run that has ended, or fails as it did. */
export async function finish(run: LiveRun, checked?: Reply): Promise<AgentRunResult> {
  close(run);
  const { memory } = run;
  if (memory.status !== 'completed') throw endFailure(memory);
  let reply: Reply;
  try {
    reply = checked ?? (await run.remote.lastReply());
  } catch (error) {
    if (!run.cancelled) throw error;
    showCancel((run.verdict = 'already-finished'));
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
export async function exceedDeadline(run: LiveRun): Promise<void> {
  const { memory } = run;
  await run.look();
  // The last look may have found the end, or a person who has been waited for since before the deadline.
  if (run.cancelled || isTerminal(memory.status) || run.deadlineLeft() > 0) return;
  const stop = await stopRemote(run);
  if (memory.status === 'completed') return;
  if (run.cancelled) return endCancelled(run, stop);
  const message = `Duvo run ${memory.runId} exceeded its deadline`;
  throw close(run, runFailure(FailureTypes.RunDeadlineExceeded, message, memory, stop));
}

/** @param verdict of a stop that was under way already */
export async function endCancelled(run: LiveRun, verdict?: CancelVerdict): Promise<never> {
  run.verdict = verdict ?? (await stopRemote(run));
  showCancel(run.verdict);
  throw close(run, new CancelledFailure('the run was cancelled'));
}

/** A call was refused for good: nobody will watch the run any more, so it is not left working. */
export async function stopUnwatched(run: LiveRun, error: unknown): Promise<CancelVerdict | undefined> {
  const { runId, status } = run.memory;
  if (!applicationCause(error) || !runId || isTerminal(status)) return undefined;
  return stopRemote(run);
}

/** Ends the Duvo run, unless it is to be left alone; the machine sees what became of it. */
export async function stopRemote(run: LiveRun): Promise<CancelVerdict> {
  const { memory, remote } = run;
  run.watch.cancel();
  // Nothing was sent, or what was sent has no answer.
  if (!memory.runId) return memory.start ? 'unconfirmed' : 'confirmed';
  if (run.plan.onCancel === 'abandon') return 'unconfirmed';
  return stopRemoteRun({
    ...remote.address(),
    key: remote.nameOf('stop'),
    observe: (look) => run.observe(look),
    withdrawn: (requestId) => {
      const record = openGates(memory).find(({ gate }) => gate.gateId === requestId);
      if (record) closeUnanswered(memory, record, 'withdrawn', Date.now());
    },
  });
}

/** Nothing more will happen to the run here: gates that are still open close, the clocks stop. */
export function close<T>(run: LiveRun, end?: T): T {
  const { memory } = run;
  for (const record of openGates(memory)) closeUnanswered(memory, record, 'withdrawn', Date.now());
  settle(memory, Date.now());
  run.inbox.over = true;
  run.show();
  return end as T;
}
