/** Continues a run that has ended: a message resumes an interrupted run, or requests a valid output of a completed one. */
import { isIdempotencyCode } from '../../contract/failures';
import { closeWithFailure, finishRun, type RunOutput } from './end-run';
import type { LiveRun } from './live-run';
import type { Reply } from './run-calls';
import { applicationCause, isCallTimeout, outputInvalidFailure, replyUnreadableFailure } from './run-failures';
import { applyOutputRetry, applyResume } from './run-machine';
import { isMessageStarted } from './state/previous-end';

export function shouldResume(run: LiveRun): boolean {
  const { status, resumeCount = 0 } = run.memory;
  return status === 'interrupted' && resumeCount < run.plan.resume.times && !run.timers.hasDeadlinePassed;
}

export async function resume(run: LiveRun): Promise<void> {
  const { memory, plan } = run;
  run.watch.cancel();
  try {
    const step = `resume/${(memory.resumeCount ?? 0) + 1}`;
    await run.calls.resume(plan.resume.message, step, run.callTimeoutMs());
  } catch (error) {
    // The run has ended, and Duvo does not resume it: the workflow fails as the run ended.
    if (isNotResumed(run, error)) return void (await finishRun(run));
    if (!isUndecided(run, error)) throw error;
    if (!isMessageStarted(memory)) return;
  }
  applyResume(memory, Date.now());
}

/**
 * Checks the last message of a completed run.
 *
 * @returns the parsed output, or `undefined` when the agent was requested to send another message, or when the workflow
 *   was cancelled
 */
export async function checkOutputOrRequestAgain(run: LiveRun, attempts: number): Promise<RunOutput | undefined> {
  const { memory, calls } = run;
  run.watch.cancel();
  const nth = (memory.outputRetries ?? 0) + 1;
  let reply: Reply | undefined;
  let problems: string[] | undefined;
  try {
    reply = await calls.readLastReply();
    const { error } = reply;
    if (error) throw closeWithFailure(run, () => replyUnreadableFailure(memory, error));
    const checked = await calls.checkReply(reply);
    if ('output' in checked) return { output: checked.output, text: reply.text };
    problems = checked.problems;
    if (nth < attempts && !run.timers.hasDeadlinePassed) {
      await calls.requestValidOutput(problems, nth, run.callTimeoutMs());
      return void applyOutputRetry(memory, Date.now());
    }
  } catch (error) {
    if (problems && isNotResumed(run, error))
      throw closeWithFailure(run, () => outputInvalidFailure(memory, problems, reply?.text));
    if (!isUndecided(run, error)) throw error;
    if (isMessageStarted(memory)) applyOutputRetry(memory, Date.now());
    return undefined;
  }
  if (run.cancelled) return undefined;
  throw closeWithFailure(run, () => outputInvalidFailure(memory, problems, reply?.text));
}

/** Whether Duvo refused the message, and the run did not continue. A cancelled call is not repeated for long enough. */
function isNotResumed({ cancelled }: LiveRun, error: unknown): boolean {
  return !cancelled && applicationCause(error)?.type === 'Duvo.Conflict' && !isInFlight(error);
}

/**
 * Whether the message may have arrived although the call failed: its response is missing, because the deadline or a
 * cancellation ended the call, or because Duvo still works on the message.
 */
function isUndecided({ cancelled }: LiveRun, error: unknown): boolean {
  return cancelled || isCallTimeout(error) || isInFlight(error);
}

function isInFlight(error: unknown): boolean {
  const { type, details } = applicationCause(error) ?? {};
  const [{ code = '' } = {}] = (details ?? []) as [{ code?: string }?];
  return type === 'Duvo.Conflict' && isIdempotencyCode(code);
}
