import {
  allHandlersFinished,
  CancellationScope,
  condition,
  ContinueAsNew,
  isCancellation,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import { planRun } from '../../contract/run-input';
import type { AgentRunInput, AgentRunResult } from '../../contract/run-contract';
import { type GateRecord, sending, type TakenAnswer } from '../gates/gate-book';
import { applyTimeout, dueGate, nextDueIn, timeOut } from '../gates/gate-timeouts';
import { LiveRun } from './live-run';
import { close, endCancelled, exceedDeadline, finish, stopUnwatched } from './run-ends';
import { applicationCause, callFailure } from './run-failures';
import { checkOutput, mayResume, resume } from './resume';
import {
  closeUnanswered,
  delivered,
  deliveryRefused,
  isTerminal,
  nextDelivery,
  overtaken,
  type RunMemory,
} from './run-machine';
import { begin, settleStart } from './run-start';
import { showDetails } from './visibility';

/** What continue-as-new carries: plain JSON, since it loses what JSON cannot carry. */
export interface CarriedRun {
  memory: RunMemory;
}

/** A hint makes the watch look at once, but not sooner than this after it last began to look. Milliseconds. */
const HINT_GAP = 1_000;

/**
 * The workflow of one Duvo agent run: start it (or attach to it), watch it, open a gate when it waits on a person,
 * deliver the answer, watch on, give its result. Signals, updates, queries, failures: docs/wire-contract.md.
 */
export async function agentRun(input: AgentRunInput, carried?: CarriedRun): Promise<AgentRunResult> {
  const run = new LiveRun(planRun(input), carried?.memory);
  // The run's end is decided in the loop alone: a cancel is one more thing that it sees, not an exception anywhere.
  CancellationScope.current().cancelRequested.catch(() => {
    run.cancelled = true;
    run.remote.cancel();
  });
  return CancellationScope.nonCancellable(async () => {
    try {
      return await live(run, input);
    } catch (error) {
      if (error instanceof ContinueAsNew) throw error;
      const stop = await stopUnwatched(run, error);
      throw close(run, callFailure(error, run.memory, stop));
    } finally {
      run.watch.cancel();
      run.inbox.over = true;
      showDetails(run.memory);
      await condition(allHandlersFinished);
    }
  });
}

async function live(run: LiveRun, input: AgentRunInput): Promise<AgentRunResult> {
  const { memory, plan } = run;
  if (!memory.start) await begin(run);
  for (;;) {
    run.show();
    if (run.cancelled) return endCancelled(run);
    if (mayResume(run)) {
      await resume(run);
      continue;
    }
    if (memory.status === 'completed' && plan.output) {
      const checked = await checkOutput(run, plan.output.attempts);
      if (checked) return finish(run, checked);
      continue;
    }
    if (isTerminal(memory.status)) return finish(run);
    const delivery = nextDelivery(memory);
    const due = dueGate(run);
    if (delivery?.gate.source === 'process') await settleStart(run, delivery);
    else if (delivery) await deliver(run, delivery);
    else if (due) await applyTimeout(run, due);
    else if (run.deadlineLeft() <= 0) await exceedDeadline(run);
    else if (run.inbox.lookWanted()) await run.look();
    else if (mustContinueAsNew()) await continueAsNew(run, input);
    else await waitForChange(run);
  }
}

async function waitForChange(run: LiveRun): Promise<void> {
  const { inbox, watch, memory } = run;
  if (memory.runId) watch.ensure();
  const hintIn = () => watch.lastBegun + HINT_GAP - Date.now();
  const wasHinted = inbox.hinted;
  const wake = () =>
    run.cancelled ||
    watch.settled ||
    nextDelivery(memory) !== undefined ||
    inbox.lookWanted() ||
    inbox.hinted !== wasHinted ||
    mustContinueAsNew();
  const timeout = Math.min(run.deadlineLeft(), nextDueIn(run), wasHinted ? hintIn() : Infinity);
  if (timeout === Infinity) await condition(wake);
  else await condition(wake, Math.max(1, timeout));
  if (watch.settled) run.observe(watch.take());
  else if (inbox.hinted && hintIn() <= 0) {
    inbox.hinted = false;
    watch.cancel();
  }
}

async function deliver(run: LiveRun, record: GateRecord & { taken: TakenAnswer }): Promise<void> {
  const { memory, inbox } = run;
  run.watch.cancel();
  const { taken } = record;
  sending(record);
  try {
    const verdict = await run.remote.deliver(record);
    if (verdict === 'delivered') delivered(memory, record, Date.now());
    else if (verdict === 'withdrawn') closeUnanswered(memory, record, 'withdrawn', Date.now());
    else overtaken(memory, record, Date.now());
  } catch (error) {
    const refusal = applicationCause(error);
    if (!refusal && !(run.cancelled && isCancellation(error))) throw error;
    // Cut short by the cancel: what comes next sees whether it has arrived.
    if (run.cancelled) return;
    if (refusal) inbox.refusals.set(taken, refusal);
    deliveryRefused(memory, record, Date.now(), refusal?.message ?? '');
    await run.look();
    if (taken.timedOut && record.gate.status === 'open') await timeOut(run, record);
  }
}

function mustContinueAsNew(): boolean {
  return workflowInfo().continueAsNewSuggested && allHandlersFinished();
}

async function continueAsNew({ watch, memory }: LiveRun, input: AgentRunInput): Promise<never> {
  watch.cancel();
  // The server carries the search attributes over, but not the memo.
  const go = makeContinueAsNewFunc<typeof agentRun>({ memo: workflowInfo().memo });
  return go(input, { memory });
}
