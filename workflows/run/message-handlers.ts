import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import type { SubmitAnswerResult, Gate, GateAnswer, UnusedAnswer } from '../../contract/gates';
import type { CancelOutcome, Hint, RunState } from '../../contract/runs';
import { FailureTypes } from '../../contract/failures';
import { Queries, Signals, Updates } from '../../contract/names';
import { checkAnswer, listOpenGates, acceptAnswer, toAcceptedAnswer, type AcceptedAnswer } from '../gates/gate-book';
import { clocksAt, applyAnswerSignalToRun, type RunMemory } from './run-machine';

export const answerGate = defineSignal<[GateAnswer]>(Signals.answerGate);
export const hint = defineSignal<[Hint?]>(Signals.hint);
export const submitAnswer = defineUpdate<SubmitAnswerResult, [GateAnswer]>(Updates.submitAnswer);
export const gates = defineQuery<Gate[]>(Queries.gates);
export const unusedAnswers = defineQuery<UnusedAnswer[]>(Queries.unusedAnswers);
export const runState = defineQuery<RunState>(Queries.runState);

/** What messages ask of the run's loop. */
export interface RunMessages {
  /** Something may have changed. */
  isHinted: boolean;
  /** Looks asked for so far, by updates for gates that are not known. */
  pollsRequested: number;
  isPollRequested(): boolean;
  /** The looks up to this one were made. @default all that were asked for */
  markPolled(upTo?: number): void;
  /** Why Duvo refused an answer for good. */
  refusals: WeakMap<AcceptedAnswer, ApplicationFailure>;
  /** The run has ended here: no answer can be delivered any more. */
  isRunClosed: boolean;
}

/** Sets the handlers of all signals, updates and queries. */
export function setMessageHandlers(memory: RunMemory, getCancelOutcome: () => CancelOutcome | undefined): RunMessages {
  let pollsDone = 0;
  const messages: RunMessages = {
    isHinted: false,
    pollsRequested: 0,
    isPollRequested: () => messages.pollsRequested > pollsDone,
    markPolled: (upTo = messages.pollsRequested) => {
      pollsDone = upTo;
    },
    refusals: new WeakMap(),
    isRunClosed: false,
  };

  async function submit(answer: GateAnswer): Promise<SubmitAnswerResult> {
    let check = checkAnswer(memory, answer);
    if (!check.fits && check.type === FailureTypes.GateUnknown) {
      // Duvo may have opened the gate since the last look: look once more, then believe it.
      const pollNumber = ++messages.pollsRequested;
      await condition(() => pollsDone >= pollNumber || messages.isRunClosed);
      check = checkAnswer(memory, answer);
    }
    if (!check.fits) throw answerRefusedFailure(check);
    if (messages.isRunClosed)
      throw answerRefusedFailure({ type: FailureTypes.GateClosed, reason: 'the run has ended' });
    const { record } = check;
    const taken = toAcceptedAnswer(answer, 'update');
    acceptAnswer(record, taken);
    await condition(() => record.taken !== taken || messages.isRunClosed);
    const { status, outcome, at } = record.gate;
    const refused = messages.refusals.get(taken);
    if (refused) throw deliveryFailure(refused);
    if (status === 'closed' && (outcome === 'approved' || outcome === 'denied' || outcome === 'answered')) {
      return { gateId: answer.gateId, outcome, at: at ?? '' };
    }
    throw answerRefusedFailure({
      type: FailureTypes.GateClosed,
      reason: `the gate is closed: ${outcome ?? 'the run was cancelled'}`,
    });
  }

  setHandler(submitAnswer, submit, {
    description: 'Answers a gate; comes back once Duvo has the answer.',
    // Refused here, an answer leaves no trace in the history. Must stay synchronous: an async validator never refuses.
    validator: (answer: GateAnswer) => {
      const check = checkAnswer(memory, answer);
      if (!check.fits && check.type !== FailureTypes.GateUnknown) throw answerRefusedFailure(check);
    },
  });
  setHandler(answerGate, (answer: GateAnswer) => applyAnswerSignalToRun(memory, answer, Date.now()), {
    description: 'Answers a gate, now or when it opens.',
  });
  setHandler(
    hint,
    () => {
      messages.isHinted = true;
    },
    { description: 'Something may have changed: look at the run now.' },
  );
  setHandler(gates, () => memory.gates.map(({ gate }) => gate), {
    description: 'All gates of the run, open and closed.',
  });
  setHandler(runState, () => toRunState(memory, getCancelOutcome()), { description: 'Where the run stands.' });
  return messages;
}

function toRunState(memory: RunMemory, cancel: CancelOutcome | undefined): RunState {
  return {
    ...(memory.runId && { runId: memory.runId }),
    status: memory.status,
    ...((memory.runId || memory.start === 'ambiguous') && memory.start && { start: memory.start }),
    clocks: clocksAt(memory, Date.now()),
    openGates: listOpenGates(memory).length,
    ...(cancel && { cancel }),
    unusedAnswers: memory.unused,
  };
}

export function answerRefusedFailure({ type, reason }: { type: string; reason: string }): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, type);
}

/** Duvo's 4xx on an answer means that it does not fit; other refusals (401, 403, …) are no fault of the answer. */
function deliveryFailure(cause: ApplicationFailure): ApplicationFailure {
  const isInvalid = cause.type === 'Duvo.InvalidRequest' || cause.type === 'Duvo.TooLarge';
  return ApplicationFailure.nonRetryable(
    `Duvo did not take the answer: ${cause.message}`,
    isInvalid ? FailureTypes.AnswerInvalid : cause.type,
  );
}
