import type { LiveRun } from './live-run';
import type { Reply } from './last-reply';
import { isCallTimeout } from './remote-run';
import { closeRun } from './end-run';
import { failureOfEndedRun, outputInvalidFailure } from './run-failures';
import { applyOutputRetry, applyResume } from './run-machine';

/** A reply that fits the schema. */
export type CheckedReply = Reply & { data: unknown };

/** Whether the run was interrupted, and is to go on. */
export function shouldResume(run: LiveRun): boolean {
  const { status, resumed = 0 } = run.memory;
  return status === 'interrupted' && resumed < run.plan.resume.times && run.deadlineLeftMs() > 0;
}

export async function resume(run: LiveRun): Promise<void> {
  const { memory, plan } = run;
  run.watch.cancel();
  try {
    await run.remote.resume(plan.resume.message, `resume/${(memory.resumed ?? 0) + 1}`, run.callTimeoutMs());
    applyResume(memory, Date.now());
  } catch (error) {
    if (run.cancelled) return;
    if (isCallTimeout(error)) throw closeRun(run, failureOfEndedRun(memory));
    throw error;
  }
}

/**
 * Of a run that has completed and is to say something that fits a schema.
 *
 * @returns the reply that fits; nothing when the agent was asked again, or the workflow was cancelled
 */
export async function checkOutputOrRequestAgain(run: LiveRun, attempts: number): Promise<CheckedReply | undefined> {
  const { memory, remote } = run;
  run.watch.cancel();
  const nth = (memory.askedAgain ?? 0) + 1;
  let problems: string[] | undefined;
  try {
    const reply = await remote.readLastReply();
    const checked = await remote.checkReply(reply);
    if ('data' in checked) return { ...reply, ...checked };
    problems = checked.problems;
    if (!reply.outputError && nth < attempts && run.deadlineLeftMs() > 0) {
      await remote.requestValidOutput(problems, nth, run.callTimeoutMs());
      return void applyOutputRetry(memory, Date.now());
    }
  } catch (error) {
    if (!run.cancelled && !(problems && isCallTimeout(error))) throw error;
  }
  if (run.cancelled) return undefined;
  throw closeRun(run, outputInvalidFailure(memory, problems));
}
