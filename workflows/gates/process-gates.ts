import { ApplicationFailure, CancellationScope, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import { type Duration, FailureTypes, type Gate, type GateAnswer } from '../../contract/run-contract';
import { gateLine, showSection } from '../run/details';
import { checkedMs } from '../../contract/durations';
import {
  type Asked,
  checkAnswer,
  closeAnswered,
  closeGate,
  type GateBook,
  type GateRecord,
  openGate,
  openGates,
  signalled,
  takeAnswer,
  takenFrom,
} from './gate-book';
import { answerGate, gates, refusal, submitAnswer, unusedAnswers } from '../run/message-handlers';
import { refuse } from '../../contract/input-checks';
import { gatesToShow, showGates } from '../run/visibility';

/** Each open gate stands in the memo, which is written anew whenever one opens or closes. */
const MOST_OPEN = 100;

/** What a process asks a person; checked. */
export type Question = Omit<Asked, 'gateId' | 'source'> & {
  id?: string;
  due?: Duration;
  onTimeout?: 'hold' | 'deny' | 'approve' | 'fail';
};

/** The gates of this workflow: module state of a bundle belongs to one workflow. */
let book: GateBook | undefined;
let unnamed = 0;
let shown = '';
const answers = new WeakMap<GateRecord, GateAnswer>();

/**
 * Opens a gate of the process and waits until it is closed.
 *
 * @returns the closed gate, and the answer unless its time was over
 * @throws ApplicationFailure `Duvo.GateTimedOut`, whose first detail is `{gates}`, with this one
 */
export async function ask({ id, due, onTimeout, ...asked }: Question): Promise<[Gate, GateAnswer?]> {
  const scope = CancellationScope.current();
  // Nobody is asked for work that is being cancelled.
  if (scope.consideredCancelled) await scope.cancelRequested;
  const isFirst = !book;
  const mine = (book ??= { workflowId: workflowInfo().workflowId, gates: [], early: [], unused: [] });
  const isKnown = (gateId: string) => mine.gates.some(({ gate }) => gate.gateId === gateId);
  if (id && isKnown(id)) refuse('id', 'is that of another gate: give each its own');
  if (openGates(mine).length >= MOST_OPEN)
    refuse('id', `is one too many: ${MOST_OPEN} gates are open in this workflow; use child workflows`);
  let gateId = id;
  while (!gateId || isKnown(gateId)) gateId = id ?? `p-${++unnamed}`;
  const dueMs = due ? checkedMs(due) : undefined;
  const record = openGate(mine, { ...asked, gateId, source: 'process' }, Date.now(), dueMs);
  // Once the gate is there, so that what has come before it is an answer to it.
  if (isFirst) listen(mine);
  settle(record);
  const isClosed = () => record.gate.status === 'closed';
  try {
    if (!isClosed()) {
      show(mine);
      if (!dueMs || !onTimeout || onTimeout === 'hold') await condition(isClosed);
      else if (!(await condition(isClosed, dueMs))) closeGate(record, 'timed-out', Date.now());
    }
  } finally {
    if (!isClosed()) closeGate(record, 'withdrawn', Date.now());
    show(mine);
  }
  const { gate } = record;
  if (gate.outcome !== 'timed-out' || onTimeout !== 'fail') return [gate, answers.get(record)];
  throw ApplicationFailure.nonRetryable(`gate ${gateId} was not answered in time`, FailureTypes.GateTimedOut, {
    gates: [gate],
  });
}

/** Sets the handlers, as a run has them. Nothing is to be delivered: an answer that fits closes its gate at once. */
function listen(mine: GateBook): void {
  const check = (answer: GateAnswer): GateRecord => {
    const checked = checkAnswer(mine, answer);
    if (!checked.fits) throw refusal(checked);
    return checked.record;
  };
  setHandler(
    submitAnswer,
    (answer: GateAnswer) => {
      const record = check(answer);
      takeAnswer(record, takenFrom(answer, 'update'));
      settle(record);
      const { outcome, at = '' } = record.gate;
      return { gateId: answer.gateId, outcome: outcome ?? 'answered', at };
    },
    { validator: (answer: GateAnswer) => void check(answer) },
  );
  setHandler(answerGate, (answer: GateAnswer) => {
    signalled(mine, answer, Date.now());
    openGates(mine).forEach(settle);
  });
  setHandler(gates, () => mine.gates.map(({ gate }) => gate));
  setHandler(unusedAnswers, () => mine.unused);
}

/** Closes the gate with its answer, if there is one. */
function settle(record: GateRecord): void {
  const { taken } = record;
  if (!taken) return;
  answers.set(record, taken);
  closeAnswered(record, taken, Date.now());
}

function show(mine: GateBook): void {
  showSection(
    'Gates',
    mine.gates.slice(-MOST_OPEN).map(({ gate }) => gateLine(gate)),
  );
  const now = gatesToShow(mine);
  if (now === shown) return;
  shown = now;
  showGates(mine);
}
