import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  setHandler,
} from '@temporalio/workflow';
import { FailureTypes } from '../../contract/failures';
import { describeClosedGate } from '../../contract/gates/closed-gate-text';
import type { GateAnswer, SubmitAnswerResult } from '../../contract/gates/gates';
import { Queries, Signals } from '../../contract/names';
import type { CancelOutcome, Hint, RunState } from '../../contract/runs';
import { type AcceptedAnswer, applyAnswer, checkAnswer, listOpenGates, toAcceptedAnswer } from '../gates/gate-book';
import {
  answerGate,
  answerRefusedFailure,
  gates,
  readGatesPage,
  receipts,
  submitAnswer,
  toSubmitResult,
} from '../gates/messages';
import { setChangeHandlers } from '../gates/changes/handlers';
import { readReceiptsPage } from '../gates/receipt-log';
import { computeDueOfGate } from '../timers/compute-due';
import { toReadFault } from './run-faults';
import { isContentRefused, mayHaveTakenEffect } from './run-failures';
import { applyAnswerSignalToRun, clocksAt, type RunMemory } from './run-machine';

export const hint = defineSignal<[Hint?]>(Signals.hint);
export const runState = defineQuery<RunState>(Queries.runState);

/** How long an update for an unknown gate waits for a poll. Waiting updates keep the workflow from continuing as new. */
const MAX_POLL_WAIT_MS = 60_000;

/** What messages request from the run's loop, and what the loop returns to them. */
export interface RunMessages {
  /** Number of polls that updates for unknown gates have requested so far. */
  pollsRequested: number;
  isPollRequested(): boolean;
  /** Records that the requested polls up to this number were made. */
  markPolled(upTo: number): void;
  /** For each answer that Duvo refused permanently, the failure that says why. */
  refusals: WeakMap<AcceptedAnswer, ApplicationFailure>;
  /** Whether the workflow has finished with the run, also by a failure or continue-as-new, and delivers no more answers. */
  isRunClosed: boolean;
}

/** What the handlers read from the run, beside its memory. */
interface HandlerSources {
  /** Whether the id of the Duvo run is known, so that the run can be polled. */
  hasRunId: () => boolean;
  getCancelOutcome: () => CancelOutcome | undefined;
}

/** Sets the handlers of all signals, updates and queries of a run. */
export function setMessageHandlers(memory: RunMemory, { hasRunId, getCancelOutcome }: HandlerSources): RunMessages {
  let pollsDone = 0;
  const messages: RunMessages = {
    pollsRequested: 0,
    isPollRequested: () => messages.pollsRequested > pollsDone,
    markPolled: (upTo) => {
      pollsDone = upTo;
    },
    refusals: new WeakMap(),
    isRunClosed: false,
  };

  async function submit(answer: GateAnswer): Promise<SubmitAnswerResult> {
    let check = checkAnswer(memory, answer);
    if (!check.fits && check.type === FailureTypes.GateUnknown) {
      // Duvo may have opened the gate since the last poll, so one more poll decides whether the gate exists.
      const pollNumber = ++messages.pollsRequested;
      await condition(() => pollsDone >= pollNumber || messages.isRunClosed, MAX_POLL_WAIT_MS);
      check = checkAnswer(memory, answer);
    }
    if (!check.fits) throw answerRefusedFailure(check);
    if (messages.isRunClosed)
      throw answerRefusedFailure({ type: FailureTypes.GateClosed, reason: 'the run has ended' });
    const { record } = check;
    const accepted = toAcceptedAnswer(answer, 'update');
    applyAnswer(memory, record, accepted, Date.now());
    if (record.acceptedAnswer !== accepted) return toSubmitResult(record.gate);
    await condition(() => record.acceptedAnswer !== accepted || messages.isRunClosed);
    const { status, outcome, delivery } = record.gate;
    const refusal = messages.refusals.get(accepted);
    if (refusal) throw deliveryFailure(refusal);
    if (status === 'closed' && (outcome === 'approved' || outcome === 'denied' || outcome === 'answered'))
      return toSubmitResult(record.gate);
    const reason = status === 'closed' ? describeClosedGate(record.gate) : 'the gate is closed: the run was cancelled';
    throw answerRefusedFailure({
      type: FailureTypes.GateClosed,
      reason: delivery ? `${reason}; the answer was sent, and it is not known whether Duvo has it` : reason,
    });
  }

  // A cancellation of the workflow does not end the handler, which returns what became of the answer.
  setHandler(submitAnswer, (answer) => CancellationScope.nonCancellable(() => submit(answer)), {
    description: 'Answers a gate. Returns after the delivery to Duvo, or when more people must approve.',
    // An answer that the validator refuses leaves no trace in the history. The validator must stay synchronous: an
    // async validator never refuses.
    validator: (answer: GateAnswer) => {
      const check = checkAnswer(memory, answer);
      if (check.fits || (check.type === FailureTypes.GateUnknown && hasRunId())) return;
      throw answerRefusedFailure(check);
    },
  });
  setHandler(answerGate, (answer: GateAnswer) => applyAnswerSignalToRun(memory, answer, Date.now()), {
    description: 'Answers a gate, now or when it opens.',
  });
  setChangeHandlers(memory, {
    findRefusal: (kind) => findChangeRefusal(kind, messages),
    computeDue: (record, rule) => computeDueOfGate(record, { rule, fromMs: Date.now() }),
  });
  setHandler(
    hint,
    () => {
      memory.isHinted = true;
    },
    { description: 'Says that the run may have changed and should be polled now.' },
  );
  setHandler(gates, (query) => readGatesPage(memory, query), {
    description: 'Returns all gates of the run, open and closed.',
  });
  setHandler(receipts, (query) => readReceiptsPage(memory.receipts, query), {
    description: 'Returns the receipts of the decisions in this execution.',
  });
  setHandler(runState, () => toRunState(memory, getCancelOutcome()), { description: 'Returns the state of the run.' });
  return messages;
}

function findChangeRefusal(kind: string, { isRunClosed }: RunMessages): { type: string; reason: string } | undefined {
  if (isRunClosed) return { type: FailureTypes.GateClosed, reason: 'the run has ended' };
  if (kind !== 'withdrawGate') return undefined;
  const reason = 'Duvo has no way to withdraw the request of a run: answer the gate, or cancel the workflow of the run';
  return { type: FailureTypes.ChangeInvalid, reason };
}

function toRunState(memory: RunMemory, cancel: CancelOutcome | undefined): RunState {
  const fault = toReadFault(memory);
  return {
    ...(memory.runId && { runId: memory.runId }),
    ...(memory.agentId && { agentId: memory.agentId }),
    startedAt: new Date(memory.startedAtMs).toISOString(),
    status: memory.status,
    ...((memory.runId || memory.start === 'ambiguous') && memory.start && { start: memory.start }),
    clocks: clocksAt(memory, Date.now()),
    openGates: listOpenGates(memory).length,
    ...(fault && { fault }),
    ...(memory.stopping && { stopping: memory.stopping }),
    ...(cancel && { cancel }),
    unusedAnswers: memory.unusedAnswers,
    ...(memory.omittedAnswers && { omittedAnswers: memory.omittedAnswers }),
  };
}

/**
 * Returns the failure of an update whose answer was not delivered. A 4xx with which Duvo refuses the answer means that the
 * answer does not fit; a page of a proxy says nothing about the answer.
 */
function deliveryFailure(cause: ApplicationFailure): ApplicationFailure {
  const isInvalid = isContentRefused(cause) && cause.type !== 'Duvo.Conflict';
  const what = mayHaveTakenEffect(cause)
    ? 'it is not known whether Duvo has the answer'
    : 'Duvo did not accept the answer';
  return ApplicationFailure.nonRetryable(
    `${what}: ${cause.message}`,
    isInvalid ? FailureTypes.AnswerInvalid : cause.type,
  );
}
