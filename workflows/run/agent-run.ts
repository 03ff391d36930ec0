import {
  allHandlersFinished,
  CancellationScope,
  condition,
  ContinueAsNew,
  isCancellation,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import { parseRunInput } from '../../contract/run-input';
import { isTerminalStatus, type AgentRunInput, type AgentRunResult } from '../../contract/runs';
import { type GateRecord, markDeliveryStarted, type AcceptedAnswer } from '../gates/gate-book';
import { applyGateTimeout, findOverdueGate, msUntilNextDue, failOnGateTimeout } from '../gates/gate-timeouts';
import { LiveRun } from './live-run';
import { closeRun, endCancelled, stopAtDeadline, finishRun, stopAfterCallFailure } from './end-run';
import { applicationCause, callFailure } from './run-failures';
import { checkOutputOrRequestAgain, shouldResume, resume } from './resume';
import {
  closeUnanswered,
  applyDelivery,
  applyDeliveryRefusal,
  nextDelivery,
  applyAnsweredElsewhere,
  type RunMemory,
} from './run-machine';
import { startOrAttach, applyStartDecision } from './start-run';
import { setRunDetails } from './visibility';

/** What continue-as-new carries: plain JSON, since it loses what JSON cannot carry. */
export interface CarriedRunState {
  memory: RunMemory;
}

/** A hint makes the watch look at once, but not sooner than this after it last began to look. Milliseconds. */
const MIN_HINT_INTERVAL_MS = 1_000;

/**
 * The workflow of one Duvo agent run: start it (or attach to it), watch it, open a gate when it waits on a person,
 * deliver the answer, watch on, give its result. Signals, updates, queries, failures: docs/wire-contract.md.
 */
export async function agentRun(input: AgentRunInput, carried?: CarriedRunState): Promise<AgentRunResult> {
  const run = new LiveRun(parseRunInput(input), carried?.memory);
  // The run's end is decided in the loop alone: a cancel is one more thing that it sees, not an exception anywhere.
  CancellationScope.current().cancelRequested.catch(() => {
    run.cancelled = true;
    run.remote.cancel();
  });
  return CancellationScope.nonCancellable(async () => {
    try {
      return await runLoop(run, input);
    } catch (error) {
      if (error instanceof ContinueAsNew) throw error;
      const stop = await stopAfterCallFailure(run, error);
      throw closeRun(run, callFailure(error, run.memory, stop));
    } finally {
      run.watch.cancel();
      run.messages.isRunClosed = true;
      setRunDetails(run.memory);
      await condition(allHandlersFinished);
    }
  });
}

async function runLoop(run: LiveRun, input: AgentRunInput): Promise<AgentRunResult> {
  const { memory, plan } = run;
  if (!memory.start) await startOrAttach(run);
  for (;;) {
    run.updateVisibility();
    if (run.cancelled) return endCancelled(run);
    if (shouldResume(run)) {
      await resume(run);
      continue;
    }
    if (memory.status === 'completed' && plan.output) {
      const checked = await checkOutputOrRequestAgain(run, plan.output.attempts);
      if (checked) return finishRun(run, checked);
      continue;
    }
    if (isTerminalStatus(memory.status)) return finishRun(run);
    const delivery = nextDelivery(memory);
    const due = findOverdueGate(run);
    if (delivery?.gate.source === 'process') await applyStartDecision(run, delivery);
    else if (delivery) await deliverAnswer(run, delivery);
    else if (due) await applyGateTimeout(run, due);
    else if (run.deadlineLeftMs() <= 0) await stopAtDeadline(run);
    else if (run.messages.isPollRequested()) await run.pollNow();
    else if (shouldContinueAsNew()) await continueAsNew(run, input);
    else await waitForChange(run);
  }
}

async function waitForChange(run: LiveRun): Promise<void> {
  const { messages, watch, memory } = run;
  if (memory.runId) watch.ensureStarted();
  const msUntilHintPoll = () => watch.lastStartedAt + MIN_HINT_INTERVAL_MS - Date.now();
  const hadHint = messages.isHinted;
  const shouldWake = () =>
    run.cancelled ||
    watch.hasResult ||
    nextDelivery(memory) !== undefined ||
    messages.isPollRequested() ||
    messages.isHinted !== hadHint ||
    shouldContinueAsNew();
  const timeout = Math.min(run.deadlineLeftMs(), msUntilNextDue(run), hadHint ? msUntilHintPoll() : Infinity);
  if (timeout === Infinity) await condition(shouldWake);
  else await condition(shouldWake, Math.max(1, timeout));
  if (watch.hasResult) run.applyPolledRun(watch.takeResult());
  else if (messages.isHinted && msUntilHintPoll() <= 0) {
    messages.isHinted = false;
    watch.cancel();
  }
}

async function deliverAnswer(run: LiveRun, record: GateRecord & { taken: AcceptedAnswer }): Promise<void> {
  const { memory, messages } = run;
  run.watch.cancel();
  const { taken } = record;
  markDeliveryStarted(record);
  try {
    const verdict = await run.remote.deliverAnswer(record);
    if (verdict === 'delivered') applyDelivery(memory, record, Date.now());
    else if (verdict === 'withdrawn') closeUnanswered(memory, record, 'withdrawn', Date.now());
    else applyAnsweredElsewhere(memory, record, Date.now());
  } catch (error) {
    const refusal = applicationCause(error);
    if (!refusal && !(run.cancelled && isCancellation(error))) throw error;
    // Cut short by the cancel: what comes next sees whether it has arrived.
    if (run.cancelled) return;
    if (refusal) messages.refusals.set(taken, refusal);
    applyDeliveryRefusal(memory, record, Date.now(), refusal?.message ?? '');
    await run.pollNow();
    if (taken.timedOut && record.gate.status === 'open') await failOnGateTimeout(run, record);
  }
}

function shouldContinueAsNew(): boolean {
  return workflowInfo().continueAsNewSuggested && allHandlersFinished();
}

async function continueAsNew({ watch, memory }: LiveRun, input: AgentRunInput): Promise<never> {
  watch.cancel();
  // The server carries the search attributes over, but not the memo.
  const continueWith = makeContinueAsNewFunc<typeof agentRun>({ memo: workflowInfo().memo });
  return continueWith(input, { memory });
}
