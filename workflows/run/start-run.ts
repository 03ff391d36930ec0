import type { RunSnapshot } from '../../activities';
import {
  ambiguousStartCause,
  openAmbiguousStartGate,
  readStartDecision,
  ambiguousStartFailure,
} from './ambiguous-start';
import { FailureTypes } from '../../contract/failures';
import type { GateRecord, AcceptedAnswer } from '../gates/gate-book';
import type { LiveRun } from './live-run';
import { isCallTimeout } from './remote-run';
import { closeRun } from './end-run';
import { runFailure } from './run-failures';
import { applyWorkflowGateAnswer } from './run-machine';
import { upsertRunIds } from './visibility';

/** Starts the run, or attaches to it. */
export async function startOrAttach(run: LiveRun): Promise<void> {
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
  await establishRun(run, () => (runId ? remote.attach(runId) : remote.start(agentId ?? '', plan.deadlineMs)));
}

/** A person has said what became of the start. */
export async function applyStartDecision(run: LiveRun, record: GateRecord & { taken: AcceptedAnswer }): Promise<void> {
  const { memory, remote } = run;
  const decision = readStartDecision(memory, record.taken);
  applyWorkflowGateAnswer(memory, record, Date.now());
  run.updateVisibility();
  if (decision === 'give up') throw closeRun(run, ambiguousStartFailure(memory));
  if (decision === 'send again') {
    return establishRun(run, () => remote.start(run.plan.agentId ?? '', run.callTimeoutMs()));
  }
  memory.start = 'adopted';
  memory.runId = decision.adopt;
  await establishRun(run, () => remote.attach(decision.adopt));
}

/** Makes the run known by a first look at it, or asks a person which one it is. */
async function establishRun(run: LiveRun, firstPoll: () => Promise<RunSnapshot>): Promise<void> {
  const { memory, plan } = run;
  try {
    const look = await firstPoll();
    if (look.start && memory.start === 'started') memory.start = look.start;
    run.applyPolledRun(look);
    run.messages.markPolled();
    upsertRunIds(plan.agentId ?? look.agentId, memory.runId);
  } catch (error) {
    if (run.cancelled) return;
    const ambiguity = ambiguousStartCause(error);
    if (ambiguity) return openAmbiguousStartGate(memory, ambiguity, run.remote.startKey, Date.now(), plan.gateDueMs);
    if (!isCallTimeout(error)) throw error;
    throw runFailure(FailureTypes.RunDeadlineExceeded, 'Duvo did not take the start within the deadline', memory);
  }
}
