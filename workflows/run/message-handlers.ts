import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import {
  type AnswerVerdict,
  type CancelVerdict,
  FailureTypes,
  type Gate,
  type GateAnswer,
  type Hint,
  Queries,
  type RunState,
  Signals,
  type UnusedAnswer,
  Updates,
} from '../../contract/run-contract';
import { checkAnswer, openGates, takeAnswer, takenFrom, type TakenAnswer } from '../gates/gate-book';
import { clocksAt, takeSignal, type RunMemory } from './run-machine';

export const answerGate = defineSignal<[GateAnswer]>(Signals.answerGate);
export const hint = defineSignal<[Hint?]>(Signals.hint);
export const submitAnswer = defineUpdate<AnswerVerdict, [GateAnswer]>(Updates.submitAnswer);
export const gates = defineQuery<Gate[]>(Queries.gates);
export const unusedAnswers = defineQuery<UnusedAnswer[]>(Queries.unusedAnswers);
export const runState = defineQuery<RunState>(Queries.runState);

/** What messages ask of the run's loop. */
export interface Inbox {
  /** Something may have changed. */
  hinted: boolean;
  /** Looks asked for so far, by updates for gates that are not known. */
  looksWanted: number;
  lookWanted(): boolean;
  /** The looks up to this one were made. @default all that were asked for */
  looked(upTo?: number): void;
  /** Why Duvo refused an answer for good. */
  refusals: WeakMap<TakenAnswer, ApplicationFailure>;
  /** The run has ended here: no answer can be delivered any more. */
  over: boolean;
}

/** Sets the handlers of all signals, updates and queries. */
export function handleMessages(memory: RunMemory, verdict: () => CancelVerdict | undefined): Inbox {
  let looksDone = 0;
  const inbox: Inbox = {
    hinted: false,
    looksWanted: 0,
    lookWanted: () => inbox.looksWanted > looksDone,
    looked: (upTo = inbox.looksWanted) => {
      looksDone = upTo;
    },
    refusals: new WeakMap(),
    over: false,
  };

  async function submit(answer: GateAnswer): Promise<AnswerVerdict> {
    let check = checkAnswer(memory, answer);
    if (!check.fits && check.type === FailureTypes.GateUnknown) {
      // Duvo may have opened the gate since the last look: look once more, then believe it.
      const mine = ++inbox.looksWanted;
      await condition(() => looksDone >= mine || inbox.over);
      check = checkAnswer(memory, answer);
    }
    if (!check.fits) throw refusal(check);
    if (inbox.over) throw refusal({ type: FailureTypes.GateClosed, reason: 'the run has ended' });
    const { record } = check;
    const taken = takenFrom(answer, 'update');
    takeAnswer(record, taken);
    await condition(() => record.taken !== taken || inbox.over);
    const { status, outcome, at } = record.gate;
    const refused = inbox.refusals.get(taken);
    if (refused) throw undeliverable(refused);
    if (status === 'closed' && (outcome === 'approved' || outcome === 'denied' || outcome === 'answered')) {
      return { gateId: answer.gateId, outcome, at: at ?? '' };
    }
    throw refusal({
      type: FailureTypes.GateClosed,
      reason: `the gate is closed: ${outcome ?? 'the run was cancelled'}`,
    });
  }

  setHandler(submitAnswer, submit, {
    description: 'Answers a gate; comes back once Duvo has the answer.',
    // Refused here, an answer leaves no trace in the history. Must stay synchronous: an async validator never refuses.
    validator: (answer: GateAnswer) => {
      const check = checkAnswer(memory, answer);
      if (!check.fits && check.type !== FailureTypes.GateUnknown) throw refusal(check);
    },
  });
  setHandler(answerGate, (answer: GateAnswer) => takeSignal(memory, answer, Date.now()), {
    description: 'Answers a gate, now or when it opens.',
  });
  setHandler(
    hint,
    () => {
      inbox.hinted = true;
    },
    { description: 'Something may have changed: look at the run now.' },
  );
  setHandler(gates, () => memory.gates.map(({ gate }) => gate), {
    description: 'All gates of the run, open and closed.',
  });
  setHandler(runState, () => toRunState(memory, verdict()), { description: 'Where the run stands.' });
  return inbox;
}

function toRunState(memory: RunMemory, cancel: CancelVerdict | undefined): RunState {
  return {
    ...(memory.runId && { runId: memory.runId }),
    status: memory.status,
    ...((memory.runId || memory.start === 'ambiguous') && memory.start && { start: memory.start }),
    clocks: clocksAt(memory, Date.now()),
    openGates: openGates(memory).length,
    ...(cancel && { cancel }),
    unusedAnswers: memory.unused,
  };
}

export function refusal({ type, reason }: { type: string; reason: string }): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, type);
}

/** Duvo's 4xx on an answer means that it does not fit; other refusals (401, 403, …) are no fault of the answer. */
function undeliverable(cause: ApplicationFailure): ApplicationFailure {
  const isInvalid = cause.type === 'Duvo.InvalidRequest' || cause.type === 'Duvo.TooLarge';
  return ApplicationFailure.nonRetryable(
    `Duvo did not take the answer: ${cause.message}`,
    isInvalid ? FailureTypes.AnswerInvalid : cause.type,
  );
}
