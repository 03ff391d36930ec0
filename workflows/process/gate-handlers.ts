import { setHandler } from '@temporalio/workflow';
import type { GateAnswer } from '../../contract/gates/gates';
import { setChangeHandlers } from '../gates/changes/handlers';
import {
  type AcceptedAnswer,
  applyAnswer,
  applyAnswerSignal,
  checkAnswer,
  closeAnswered,
  type GateBook,
  type GateRecord,
  listOpenGates,
  toAcceptedAnswer,
} from '../gates/gate-book';
import {
  answerGate,
  answerRefusedFailure,
  gates,
  readGatesPage,
  receipts,
  submitAnswer,
  toSubmitResult,
  unusedAnswers,
} from '../gates/messages';
import { readReceiptsPage } from '../gates/receipt-log';
import { computeDueOfGate } from '../timers/compute-due';
import { updateGateTimers } from '../timers/gate-timers';
import { showGates } from './show-gates';

/** The answers that have closed gates of this workflow. */
const closingAnswers = new WeakMap<GateRecord, AcceptedAnswer>();

/** Sets the handlers of the gates' messages. Nothing is delivered to Duvo, so an answer closes its gate at once. */
export function setGateHandlers(book: GateBook): void {
  const findAnswerableGate = (answer: GateAnswer): GateRecord => {
    const check = checkAnswer(book, answer);
    if (!check.fits) throw answerRefusedFailure(check);
    return check.record;
  };
  setHandler(
    submitAnswer,
    (answer: GateAnswer) => {
      const record = findAnswerableGate(answer);
      applyAnswer(book, record, toAcceptedAnswer(answer, 'update'), Date.now());
      closeIfAnswered(book, record);
      showCountedAnswers(book);
      return toSubmitResult(record.gate);
    },
    { validator: (answer: GateAnswer) => void findAnswerableGate(answer) },
  );
  setHandler(answerGate, (answer: GateAnswer) => {
    applyAnswerSignal(book, answer, Date.now());
    for (const record of listOpenGates(book)) closeIfAnswered(book, record);
    showCountedAnswers(book);
  });
  setChangeHandlers(book, {
    computeDue: (record, rule) => computeDueOfGate(record, { rule, fromMs: Date.now() }),
    onChanged: () => {
      updateGateTimers(book, () => void showGates(book));
      void showGates(book);
    },
  });
  setHandler(gates, (query) => readGatesPage(book, query));
  setHandler(receipts, (query) => readReceiptsPage(book.receipts, query));
  setHandler(unusedAnswers, () => book.unusedAnswers);
}

/** Closes a gate that has an accepted answer. */
export function closeIfAnswered(book: GateBook, record: GateRecord): void {
  const { acceptedAnswer } = record;
  if (!acceptedAnswer) return;
  closingAnswers.set(record, acceptedAnswer);
  closeAnswered(book, record, acceptedAnswer, Date.now());
}

/** Returns the answer that has closed a gate; `undefined` when the gate was closed without an answer. */
export function findClosingAnswer(record: GateRecord): AcceptedAnswer | undefined {
  return closingAnswers.get(record);
}

/** Shows answers that were counted while their gate stays open. */
function showCountedAnswers(book: GateBook): void {
  if (listOpenGates(book).some(({ gate }) => gate.decisions?.length)) void showGates(book);
}
