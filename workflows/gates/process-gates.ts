import { ApplicationFailure, CancellationScope, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Duration } from '../../contract/durations';
import { FailureTypes } from '../../contract/failures';
import type { Gate, GateAnswer } from '../../contract/gates';
import { formatGateLine, setDetailsSection } from '../run/current-details';
import { toMs } from '../../contract/durations';
import {
  type GateRequest,
  checkAnswer,
  closeAnswered,
  closeGate,
  type GateBook,
  type GateRecord,
  openGate,
  listOpenGates,
  applyAnswerSignal,
  acceptAnswer,
  toAcceptedAnswer,
} from './gate-book';
import { answerGate, gates, answerRefusedFailure, submitAnswer, unusedAnswers } from '../run/message-handlers';
import { failInvalidInput } from '../../contract/input-checks';
import { openGatesFingerprint, upsertOpenGates } from '../run/visibility';

/** Each open gate stands in the memo, which is written anew whenever one opens or closes. */
const MAX_OPEN_GATES = 100;

/** What a process asks a person; checked. */
export type ProcessGateRequest = Omit<GateRequest, 'gateId' | 'source'> & {
  id?: string;
  due?: Duration;
  onTimeout?: 'hold' | 'deny' | 'approve' | 'fail';
};

/** The gates of this workflow: module state of a bundle belongs to one workflow. */
let gateBook: GateBook | undefined;
let generatedIds = 0;
let shownGates = '';
const acceptedAnswers = new WeakMap<GateRecord, GateAnswer>();

/**
 * Opens a gate of the process and waits until it is closed.
 *
 * @returns the closed gate, and the answer unless its time was over
 * @throws ApplicationFailure `Duvo.GateTimedOut`, whose first detail is `{gates}`, with this one
 */
export async function openGateAndWait({
  id,
  due,
  onTimeout,
  ...request
}: ProcessGateRequest): Promise<[Gate, GateAnswer?]> {
  const scope = CancellationScope.current();
  // Nobody is asked for work that is being cancelled.
  if (scope.consideredCancelled) await scope.cancelRequested;
  const isFirst = !gateBook;
  const ownBook = (gateBook ??= { workflowId: workflowInfo().workflowId, gates: [], early: [], unused: [] });
  const isKnown = (gateId: string) => ownBook.gates.some(({ gate }) => gate.gateId === gateId);
  if (id && isKnown(id)) failInvalidInput('id', 'is that of another gate: give each its own');
  if (listOpenGates(ownBook).length >= MAX_OPEN_GATES)
    failInvalidInput('id', `is one too many: ${MAX_OPEN_GATES} gates are open in this workflow; use child workflows`);
  let gateId = id;
  while (!gateId || isKnown(gateId)) gateId = id ?? `p-${++generatedIds}`;
  const dueMs = due ? toMs(due) : undefined;
  const record = openGate(ownBook, { ...request, gateId, source: 'process' }, Date.now(), dueMs);
  // Once the gate is there, so that what has come before it is an answer to it.
  if (isFirst) setGateHandlers(ownBook);
  closeIfAnswered(record);
  const isClosed = () => record.gate.status === 'closed';
  try {
    if (!isClosed()) {
      updateGateVisibility(ownBook);
      if (!dueMs || !onTimeout || onTimeout === 'hold') await condition(isClosed);
      else if (!(await condition(isClosed, dueMs))) closeGate(record, 'timed-out', Date.now());
    }
  } finally {
    if (!isClosed()) closeGate(record, 'withdrawn', Date.now());
    updateGateVisibility(ownBook);
  }
  const { gate } = record;
  if (gate.outcome !== 'timed-out' || onTimeout !== 'fail') return [gate, acceptedAnswers.get(record)];
  throw ApplicationFailure.nonRetryable(`gate ${gateId} was not answered in time`, FailureTypes.GateTimedOut, {
    gates: [gate],
  });
}

/** Sets the handlers, as a run has them. Nothing is to be delivered: an answer that fits closes its gate at once. */
function setGateHandlers(ownBook: GateBook): void {
  const findAnswerableGate = (answer: GateAnswer): GateRecord => {
    const checked = checkAnswer(ownBook, answer);
    if (!checked.fits) throw answerRefusedFailure(checked);
    return checked.record;
  };
  setHandler(
    submitAnswer,
    (answer: GateAnswer) => {
      const record = findAnswerableGate(answer);
      acceptAnswer(record, toAcceptedAnswer(answer, 'update'));
      closeIfAnswered(record);
      const { outcome, at = '' } = record.gate;
      return { gateId: answer.gateId, outcome: outcome ?? 'answered', at };
    },
    { validator: (answer: GateAnswer) => void findAnswerableGate(answer) },
  );
  setHandler(answerGate, (answer: GateAnswer) => {
    applyAnswerSignal(ownBook, answer, Date.now());
    listOpenGates(ownBook).forEach(closeIfAnswered);
  });
  setHandler(gates, () => ownBook.gates.map(({ gate }) => gate));
  setHandler(unusedAnswers, () => ownBook.unused);
}

/** Closes the gate with its answer, if there is one. */
function closeIfAnswered(record: GateRecord): void {
  const { taken } = record;
  if (!taken) return;
  acceptedAnswers.set(record, taken);
  closeAnswered(record, taken, Date.now());
}

function updateGateVisibility(ownBook: GateBook): void {
  setDetailsSection(
    'Gates',
    ownBook.gates.slice(-MAX_OPEN_GATES).map(({ gate }) => formatGateLine(gate)),
  );
  const fingerprint = openGatesFingerprint(ownBook);
  if (fingerprint === shownGates) return;
  shownGates = fingerprint;
  upsertOpenGates(ownBook);
}
