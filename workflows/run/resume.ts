import type { LiveRun } from './live-run';
import type { Reply } from './last-reply';
import { hasGivenUp } from './remote-run';
import { close } from './run-ends';
import { endFailure, outputFailure } from './run-failures';
import { askedAgain, resumed } from './run-machine';

/** A reply that fits the schema. */
export type Checked = Reply & { data: unknown };

/** Whether the run was interrupted, and is to go on. */
export function mayResume(run: LiveRun): boolean {
  const { status, resumed = 0 } = run.memory;
  return status === 'interrupted' && resumed < run.plan.resume.times && run.deadlineLeft() > 0;
}

export async function resume(run: LiveRun): Promise<void> {
  const { memory, plan } = run;
  run.watch.cancel();
  try {
    await run.remote.resume(plan.resume.message, `resume/${(memory.resumed ?? 0) + 1}`, run.limitLeft());
    resumed(memory, Date.now());
  } catch (error) {
    if (run.cancelled) return;
    if (hasGivenUp(error)) throw close(run, endFailure(memory));
    throw error;
  }
}

/**
 * Of a run that has completed and is to say something that fits a schema.
 *
 * @returns the reply that fits; nothing when the agent was asked again, or the workflow was cancelled
 */
export async function checkOutput(run: LiveRun, attempts: number): Promise<Checked | undefined> {
  const { memory, remote } = run;
  run.watch.cancel();
  const nth = (memory.askedAgain ?? 0) + 1;
  let problems: string[] | undefined;
  try {
    const reply = await remote.lastReply();
    const checked = await remote.checkReply(reply);
    if ('data' in checked) return { ...reply, ...checked };
    problems = checked.problems;
    if (!reply.outputError && nth < attempts && run.deadlineLeft() > 0) {
      await remote.askAgain(problems, nth, run.limitLeft());
      return void askedAgain(memory, Date.now());
    }
  } catch (error) {
    if (!run.cancelled && !(problems && hasGivenUp(error))) throw error;
  }
  if (run.cancelled) return undefined;
  throw close(run, outputFailure(memory, problems));
}
