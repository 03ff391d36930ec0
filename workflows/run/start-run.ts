import { type ApplicationFailure, upsertMemo } from '@temporalio/workflow';
import type { RunSnapshot } from '../../activities';
import { FailureTypes } from '../../contract/failures';
import { MemoKeys } from '../../contract/names';
import type { StartCandidate } from '../../contract/runs';
import type { AcceptedAnswer, AnsweredGateRecord, GateTerms } from '../gates/gate-book';
import { closeWithFailure, stopUnlessAbandoned } from './end-run';
import type { LiveRun } from './live-run';
import { applicationCause, isCallTimeout, runFailure, startAmbiguousFailure } from './run-failures';
import { applyAttachment, type RunMemory } from './run-machine';
import { applyWorkflowGateAnswer, openWorkflowGate } from './state/workflow-gate';

/** The gate of an ambiguous start: its question, and the options besides the candidate runs. */
const QUESTION = 'Which run was started?';
const START_AGAIN = 'start again';
const FAIL_THE_RUN = 'fail the run';

type StartDecision = { adopt: string } | 'start-again' | 'fail';

/** Starts the run, or attaches to it. */
export async function startOrAttach(run: LiveRun): Promise<void> {
  const { plan, calls, memory } = run;
  const { agentId, runId } = plan;
  if (runId) {
    applyAttachment(memory, runId, 'attached');
    // The search for a lost start must not take this workflow for the one that started the run.
    upsertMemo({ [MemoKeys.attached]: true });
  }
  if (run.cancelled) return;
  const isInTime = (!plan.output && !plan.gateCalendar) || (await checkInputInTime(run));
  // The watch polls a run that was attached to at once, and the loop stops that run at the deadline.
  if (runId || run.cancelled) return;
  if (!isInTime) {
    const message = 'the input could not be checked within the deadline, so that no start was sent';
    const stopOutcome = await stopUnlessAbandoned(run);
    throw runFailure(FailureTypes.RunDeadlineExceeded, message, memory, { stopOutcome });
  }
  memory.start = 'started';
  await establishRun(run, () => calls.start(agentId ?? '', run.callTimeoutMs()));
}

/**
 * Fails when the output schema or the calendar is unusable, before an agent starts to work. Resolves to false when the deadline
 * passes.
 */
async function checkInputInTime(run: LiveRun): Promise<boolean> {
  const { output, gateCalendar } = run.plan;
  try {
    if (output) await run.calls.checkSchema(run.callTimeoutMs());
    if (gateCalendar) await run.calls.checkCalendar(gateCalendar, run.callTimeoutMs());
    return !run.timers.hasDeadlinePassed;
  } catch (error) {
    if (run.cancelled || isCallTimeout(error)) return false;
    throw error;
  }
}

/** Applies a person's decision about an ambiguous start. */
export async function applyStartDecision(run: LiveRun, record: AnsweredGateRecord): Promise<void> {
  const { memory, calls } = run;
  const decision = readStartDecision(memory, record.acceptedAnswer);
  applyWorkflowGateAnswer(memory, record, Date.now());
  run.timers.update();
  run.updateVisibility();
  if (decision === 'fail') throw closeWithFailure(run, () => startAmbiguousFailure(memory));
  if (decision === 'start-again') {
    // The person has decided about what a former execution left open, too.
    return establishRun(run, () => calls.start(run.plan.agentId ?? '', run.callTimeoutMs(), ''));
  }
  applyAttachment(memory, decision.adopt, 'adopted');
}

/** Makes the first call about the run and applies its result, or opens a gate when the start is ambiguous. */
async function establishRun(run: LiveRun, firstCall: () => Promise<RunSnapshot>): Promise<void> {
  const { memory } = run;
  try {
    const snapshot = await firstCall();
    if (snapshot.origin && memory.start === 'started') memory.start = snapshot.origin;
    run.applyPolledRun(snapshot);
  } catch (error) {
    if (run.cancelled) return;
    const cause = applicationCause(error);
    if (cause?.type === FailureTypes.StartAmbiguous)
      return openAmbiguousStartGate(memory, cause, run.calls.startKey, Date.now(), run.gateTerms);
    if (!isCallTimeout(error)) throw error;
    throw runFailure(FailureTypes.RunDeadlineExceeded, 'Duvo did not accept the start within the deadline', memory);
  }
}

/** Opens a gate where a person decides about an ambiguous start, because sending it again may create a second run. */
function openAmbiguousStartGate(
  memory: RunMemory,
  { message, details }: ApplicationFailure,
  ownKey: string,
  now: number,
  terms: GateTerms,
): void {
  const [{ candidates = [], key = ownKey } = {}] = (details ?? []) as [
    { candidates?: StartCandidate[]; key?: string }?,
  ];
  memory.start = 'ambiguous';
  memory.ambiguousStart = { candidates, key };
  const nth = memory.gates.filter(({ gate }) => gate.source === 'process').length + 1;
  const labels = [...candidates.map(candidateLabel), START_AGAIN, FAIL_THE_RUN];
  const request = {
    gateId: `start-${nth}`,
    type: 'question' as const,
    title: 'Was this run started?',
    description:
      `Choose the run that was started, if it is listed here. '${START_AGAIN}' may create a second run. ` +
      `'${FAIL_THE_RUN}' ends the workflow with ${FailureTypes.StartAmbiguous}. Reason of this question: ${message}.`,
    questions: [{ question: QUESTION, options: labels.map((label) => ({ label })) }],
  };
  openWorkflowGate(memory, request, now, terms);
}

function readStartDecision({ ambiguousStart }: RunMemory, { answers }: AcceptedAnswer): StartDecision {
  const [chosen] = [answers?.[QUESTION] ?? []].flat();
  if (chosen === START_AGAIN) return 'start-again';
  const run = ambiguousStart?.candidates.find((candidate) => candidateLabel(candidate) === chosen);
  return run ? { adopt: run.runId } : 'fail';
}

function candidateLabel({ runId, status, createdAt }: StartCandidate): string {
  return `run ${runId} (${status}${createdAt ? `, created ${createdAt}` : ''})`;
}
