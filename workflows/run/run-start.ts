import type { RunLook } from '../../activities';
import { ambiguityOf, askWhichRun, decisionOf, givenUp } from './ambiguous-start';
import { FailureTypes } from '../../contract/run-contract';
import type { GateRecord, TakenAnswer } from '../gates/gate-book';
import type { LiveRun } from './live-run';
import { hasGivenUp } from './remote-run';
import { close } from './run-ends';
import { runFailure } from './run-failures';
import { answeredOwn } from './run-machine';
import { showIds } from './visibility';

/** Starts the run, or attaches to it. */
export async function begin(run: LiveRun): Promise<void> {
  const { plan, remote, memory } = run;
  const { agentId, runId } = plan;
  if (run.cancelled) return;
  try {
    // Before an agent works for it.
    if (plan.output) await remote.checkSchema();
  } catch (error) {
    if (!run.cancelled) throw error;
    return;
  }
  memory.start = runId ? 'attached' : 'started';
  await takeUp(run, () => (runId ? remote.attach(runId) : remote.start(agentId ?? '', plan.deadlineMs)));
}

/** A person has said what became of the start. */
export async function settleStart(run: LiveRun, record: GateRecord & { taken: TakenAnswer }): Promise<void> {
  const { memory, remote } = run;
  const decision = decisionOf(memory, record.taken);
  answeredOwn(memory, record, Date.now());
  run.show();
  if (decision === 'give up') throw close(run, givenUp(memory));
  if (decision === 'send again') {
    return takeUp(run, () => remote.start(run.plan.agentId ?? '', run.limitLeft()));
  }
  memory.start = 'adopted';
  memory.runId = decision.adopt;
  await takeUp(run, () => remote.attach(decision.adopt));
}

/** Makes the run known by a first look at it, or asks a person which one it is. */
async function takeUp(run: LiveRun, first: () => Promise<RunLook>): Promise<void> {
  const { memory, plan } = run;
  try {
    const look = await first();
    if (look.start && memory.start === 'started') memory.start = look.start;
    run.observe(look);
    run.inbox.looked();
    showIds(plan.agentId ?? look.agentId, memory.runId);
  } catch (error) {
    if (run.cancelled) return;
    const ambiguity = ambiguityOf(error);
    if (ambiguity) return askWhichRun(memory, ambiguity, run.remote.startKey, Date.now(), plan.dueMs);
    if (!hasGivenUp(error)) throw error;
    throw runFailure(FailureTypes.RunDeadlineExceeded, 'Duvo did not take the start within the deadline', memory);
  }
}
