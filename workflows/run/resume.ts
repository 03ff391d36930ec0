/** Continues a run that has ended: a message resumes an interrupted run, or requests a valid output of a completed one. */
import { closeRun, type RunOutput } from './end-run';
import type { LiveRun } from './live-run';
import type { Reply } from './remote-run';
import {
  applicationCause,
  failureOfEndedRun,
  isCallTimeout,
  outputInvalidFailure,
  replyUnreadableFailure,
} from './run-failures';
import { applyOutputRetry, applyResume } from './run-machine';

export function shouldResume(run: LiveRun): boolean {
  const { status, resumeCount = 0 } = run.memory;
  return status === 'interrupted' && resumeCount < run.plan.resume.times && run.deadlineLeftMs() > 0;
}

export async function resume(run: LiveRun): Promise<void> {
  const { memory, plan } = run;
  run.watch.cancel();
  try {
    const step = `resume/${(memory.resumeCount ?? 0) + 1}`;
    await run.remote.resume(plan.resume.message, step, run.callTimeoutMs());
    applyResume(memory, Date.now());
  } catch (error) {
    if (run.cancelled) return;
    if (isNotResumed(error)) throw closeRun(run, failureOfEndedRun(memory));
    throw error;
  }
}

/**
 * Checks the last message of a completed run.
 *
 * @returns the parsed output, or `undefined` when the agent was requested to send another message, or when the workflow
 *   was cancelled
 */
export async function checkOutputOrRequestAgain(run: LiveRun, attempts: number): Promise<RunOutput | undefined> {
  const { memory, remote } = run;
  run.watch.cancel();
  const nth = (memory.outputRetries ?? 0) + 1;
  let reply: Reply | undefined;
  let problems: string[] | undefined;
  try {
    reply = await remote.readLastReply();
    if (reply.error) throw closeRun(run, replyUnreadableFailure(memory, reply.error));
    const checked = await remote.checkReply(reply);
    if ('output' in checked) return { output: checked.output, text: reply.text };
    problems = checked.problems;
    if (nth < attempts && run.deadlineLeftMs() > 0) {
      await remote.requestValidOutput(problems, nth, run.callTimeoutMs());
      return void applyOutputRetry(memory, Date.now());
    }
  } catch (error) {
    if (!run.cancelled && !(problems && isNotResumed(error))) throw error;
  }
  if (run.cancelled) return undefined;
  throw closeRun(run, outputInvalidFailure(memory, problems, reply?.text));
}

/** Whether the message could not be delivered in time, or Duvo refused it and the run did not continue. */
function isNotResumed(error: unknown): boolean {
  return isCallTimeout(error) || applicationCause(error)?.type === 'Duvo.Conflict';
}
