import {
  allHandlersFinished,
  CancellationScope,
  condition,
  ContinueAsNew,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import type { AgentRunInput } from '../../contract/run-input';
import { parseRunInput } from '../../contract/run-plan';
import { type AgentRunResult, isTerminalStatus } from '../../contract/runs';
import { closeWithFailure, endCancelled, finishRun, stopAtDeadline } from './end-run';
import { LiveRun } from './live-run';
import { continueReceiptLog } from '../gates/receipt-log';
import { checkOutputOrRequestAgain, resume, shouldResume } from './resume';
import { callFailure } from './run-failures';
import { applyGateTimeout, dateGate, deliverAnswer, findOverdueGate, findUndatedGate } from './run-gates';
import { nextDelivery, type RunMemory } from './run-machine';
import { applyStartDecision, startOrAttach } from './start-run';

/** What continue-as-new carries. It is plain JSON, because everything else is lost on the way. */
export interface CarriedRunState {
  memory: RunMemory;
}

/**
 * The workflow of one Duvo agent run. It starts the run (or attaches to it), watches it, opens a gate when the run waits
 * for a person, delivers the answer, and returns the result. docs/reference/wire-contract.md lists its signals, updates,
 * queries and failures.
 */
export async function agentRun(input: AgentRunInput, carried?: CarriedRunState): Promise<AgentRunResult<unknown>> {
  const run = new LiveRun(parseRunInput(input), carried?.memory);
  // Only the loop decides how the run ends, so a cancellation sets a flag and throws nothing.
  CancellationScope.current().cancelRequested.catch(() => {
    run.cancelled = true;
    run.calls.cancel();
  });
  return CancellationScope.nonCancellable(async () => {
    try {
      return await runLoop(run, input);
    } catch (error) {
      if (error instanceof ContinueAsNew) throw error;
      // The agent is not stopped: the run may still work, and the next workflow of the same key attaches to the run.
      throw closeWithFailure(run, () => callFailure(error, run.memory));
    } finally {
      run.watch.cancel();
      run.messages.isRunClosed = true;
      run.updateVisibility();
      await run.settleNotifications();
      await condition(allHandlersFinished);
    }
  });
}

async function runLoop(run: LiveRun, input: AgentRunInput): Promise<AgentRunResult<unknown>> {
  const { memory, plan, timers } = run;
  timers.update();
  if (!memory.start) await startOrAttach(run);
  for (;;) {
    timers.update();
    run.updateVisibility();
    if (run.cancelled) return endCancelled(run);
    if (shouldResume(run)) {
      await resume(run);
      continue;
    }
    if (memory.status === 'completed' && plan.output) {
      const output = await checkOutputOrRequestAgain(run, plan.output.attempts);
      if (output) return finishRun(run, output);
      continue;
    }
    if (isTerminalStatus(memory.status)) return finishRun(run);
    const answered = nextDelivery(memory);
    const undated = findUndatedGate(run);
    const overdue = findOverdueGate(run);
    if (answered?.gate.source === 'process') await applyStartDecision(run, answered);
    // A delivery that was not possible by the deadline is not started again.
    else if (timers.hasDeadlinePassed) await stopAtDeadline(run);
    else if (answered) await deliverAnswer(run, answered);
    else if (undated) await dateGate(run, undated);
    else if (overdue) await applyGateTimeout(run, overdue);
    else if (run.messages.isPollRequested()) await run.pollNow();
    else if (shouldContinueAsNew()) await continueAsNew(run, input);
    else await waitForChange(run);
  }
}

async function waitForChange(run: LiveRun): Promise<void> {
  const { messages, watch, memory, timers } = run;
  if (memory.runId) watch.ensureStarted();
  const hadHint = memory.isHinted;
  const pollTimer = hadHint ? watch.startPollTimer() : undefined;
  const { firedCount } = timers;
  const shouldWake = () =>
    run.cancelled ||
    watch.hasResult ||
    nextDelivery(memory) !== undefined ||
    run.areShownGatesStale ||
    messages.isPollRequested() ||
    memory.isHinted !== hadHint ||
    pollTimer?.hasFired === true ||
    timers.firedCount !== firedCount ||
    shouldContinueAsNew();
  await condition(shouldWake);
  pollTimer?.cancel();
  if (watch.hasResult) run.applyWatched(watch.takeResult());
  else if (pollTimer?.hasFired) {
    if (memory.runId) watch.poll();
    else delete memory.isHinted;
  }
}

function shouldContinueAsNew(): boolean {
  return workflowInfo().continueAsNewSuggested && allHandlersFinished();
}

async function continueAsNew(run: LiveRun, input: AgentRunInput): Promise<never> {
  const { watch, memory } = run;
  watch.cancel();
  await run.settleNotifications();
  // The server carries the search attributes over, but not the memo.
  const continueWith = makeContinueAsNewFunc<typeof agentRun>({ memo: workflowInfo().memo });
  const carried = { ...memory, receipts: continueReceiptLog(memory.receipts) };
  return continueWith(memory.runId ? withoutStart(input) : input, { memory: carried });
}

/**
 * Returns the input without what only the start of the run needs. Temporal accepts 2 MB for the input and the memory
 * together: 1.4 MB is the limit of an input, about 0.4 MB that of the memory before the start, and 1.4 MB that after it.
 */
function withoutStart(input: AgentRunInput): AgentRunInput {
  const {
    message: _message,
    sandboxId: _sandboxId,
    webhookUrl: _webhookUrl,
    extraFields: _extraFields,
    ...rest
  } = input;
  return rest;
}
