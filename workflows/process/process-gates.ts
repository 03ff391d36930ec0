import {
  ApplicationFailure,
  CancellationScope,
  condition,
  setHandler,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { toMs } from '../../contract/durations';
import { FailureTypes } from '../../contract/failures';
import { type GatePolicy, toRecordedPolicy } from '../../contract/gates/gate-policy';
import type { Gate, GateAnswer } from '../../contract/gates/gates';
import { failInvalidInput } from '../../contract/input-checks';
import {
  type AcceptedAnswer,
  applyAnswer,
  applyAnswerSignal,
  checkAnswer,
  closeAnswered,
  closeGate,
  type GateBook,
  type GateRecord,
  type GateRequest,
  listOpenGates,
  openGate,
  toAcceptedAnswer,
} from '../gates/gate-book';
import { canUpsertOpenGates, openGatesFingerprint, setGatesSection, upsertOpenGates } from '../gates/gate-visibility';
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
import { resolveStarter } from '../gates/starter';
import { adoptMessages, messagesMemo } from '../notifications/carried-messages';
import { GateNotifier } from '../notifications/gate-notifier';
import { openReceiptLog, receiptsMemo } from './receipt-chain';

/** The memo has all open gates and is written again whenever one opens or closes, so their number is limited. */
const MAX_OPEN_GATES = 100;

/** The checked content of a process's gate. */
export type ProcessGateRequest = Omit<GateRequest, 'gateId' | 'source'> & GatePolicy & { id?: string };

/** The gates of this workflow. Each workflow has its own copy of a bundle's module state. */
let gateBook: GateBook | undefined;
let generatedIds = 0;
let idPrefix: string | undefined;
let shownGates = '';
const acceptedAnswers = new WeakMap<GateRecord, AcceptedAnswer>();
let showing: Promise<void> | undefined;
let notifier: GateNotifier | undefined;

/**
 * Opens a gate of the process and waits until it is closed.
 *
 * @returns the closed gate and its answer; without an answer when the gate was overdue and `onTimeout` decided
 * @throws ApplicationFailure `Duvo.GateTimedOut` when the gate was overdue and `onTimeout` is `fail`; the first detail of the
 * failure is `{gates}`, with this gate
 */
export async function openGateAndWait({
  id,
  due,
  onTimeout,
  approvers,
  exclude,
  quorum,
  denial,
  notify,
  ...request
}: ProcessGateRequest): Promise<[Gate, AcceptedAnswer?]> {
  const scope = CancellationScope.current();
  // A person must not receive a question for work that is being cancelled.
  if (scope.consideredCancelled) await scope.cancelRequested;
  const policy = resolveStarter(toRecordedPolicy({ approvers, exclude, quorum, denial }));
  const isFirst = !gateBook;
  const book = (gateBook ??= {
    workflowId: workflowInfo().workflowId,
    gates: [],
    earlyAnswers: [],
    unusedAnswers: [],
    receipts: openReceiptLog(),
    omittedIds: [],
  });
  const messages = (notifier ??= new GateNotifier(() => void showGates(book)));
  const gateId = chooseGateId(book, id);
  const dueMs = due ? toMs(due) : undefined;
  const record = openGate(book, { ...request, gateId, source: 'process' }, Date.now(), { dueMs, policy, notify });
  adoptMessages(record);
  // The handlers are set after the gate has opened, so that answers which arrived before are answers to it.
  if (isFirst) setGateHandlers(book);
  closeIfAnswered(book, record);
  const isClosed = () => record.gate.status === 'closed';
  try {
    if (!isClosed()) {
      // The time for an answer counts from when people can see the gate.
      await showGates(book);
      messages.reconcile(book);
      if (!dueMs || !onTimeout || onTimeout === 'hold') await condition(isClosed);
      else await condition(isClosed, dueMs);
      // An answer may have closed the gate after the timer fired and before this code continues.
      if (!isClosed()) closeGate(book, record, 'timed-out', Date.now());
    }
  } finally {
    if (!isClosed()) closeGate(book, record, 'withdrawn', Date.now());
    await showGates(book);
    await messages.settleClosed(book);
  }
  const { gate } = record;
  if (gate.outcome !== 'timed-out' || onTimeout !== 'fail') return [gate, acceptedAnswers.get(record)];
  throw ApplicationFailure.nonRetryable(`gate ${gateId} was not answered in time`, FailureTypes.GateTimedOut, {
    gates: [gate],
  });
}

/**
 * Returns what the memo of the next execution has of this process's gates: the end of its chain of receipts, and the messages
 * about its open gates.
 */
export async function gatesMemo(): Promise<Record<string, unknown>> {
  if (gateBook) await notifier?.settleClosed(gateBook);
  return { ...receiptsMemo(gateBook), ...(gateBook && messagesMemo(gateBook)) };
}

function chooseGateId(book: GateBook, id: string | undefined): string {
  // Also the ids of gates that were left out, since an old answer must not fit a new gate.
  const isTaken = (gateId: string) =>
    book.gates.some(({ gate }) => gate.gateId === gateId) || book.omittedIds?.includes(gateId) === true;
  if (id && isTaken(id)) failInvalidInput('id', 'is the id of another gate: give each gate its own id');
  if (listOpenGates(book).length >= MAX_OPEN_GATES)
    failInvalidInput('id', `cannot be opened: ${MAX_OPEN_GATES} gates are open in this workflow; use child workflows`);
  if (id) return id;
  let generatedId: string;
  do generatedId = `${generatedPrefix()}${++generatedIds}`;
  while (isTaken(generatedId));
  return generatedId;
}

/**
 * Returns the beginning of generated ids. The runs of a process that continues as new share its workflow id, so a run after
 * the first one has its own prefix: an answer to the first gate of a former run must not fit the first gate of this one.
 */
function generatedPrefix(): string {
  return (idPrefix ??= workflowInfo().continuedFromExecutionRunId ? `p-${uuid4().slice(0, 8)}-` : 'p-');
}

/** Sets the handlers of the gates' messages. Nothing is delivered to Duvo, so an answer closes its gate at once. */
function setGateHandlers(book: GateBook): void {
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
  setHandler(gates, (query) => readGatesPage(book, query));
  setHandler(receipts, (query) => readReceiptsPage(book.receipts, query));
  setHandler(unusedAnswers, () => book.unusedAnswers);
}

function closeIfAnswered(book: GateBook, record: GateRecord): void {
  const { acceptedAnswer } = record;
  if (!acceptedAnswer) return;
  acceptedAnswers.set(record, acceptedAnswer);
  closeAnswered(book, record, acceptedAnswer, Date.now());
}

/** Shows answers that were counted while their gate stays open. */
function showCountedAnswers(book: GateBook): void {
  if (listOpenGates(book).some(({ gate }) => gate.decisions?.length)) void showGates(book);
}

/**
 * Shows the gates in Temporal's UI and in visibility. Gates that open or close at the same time are written together,
 * and in a later workflow task when this one has written too much. A cancellation does not prevent the write.
 */
function showGates(book: GateBook): Promise<void> {
  return (showing ??= CancellationScope.nonCancellable(async () => {
    await Promise.resolve();
    while (!canUpsertOpenGates()) await sleep(1);
    showing = undefined;
    updateGateVisibility(book);
  }));
}

function updateGateVisibility(book: GateBook): void {
  setGatesSection(book);
  const fingerprint = openGatesFingerprint(book);
  if (fingerprint === shownGates) return;
  shownGates = fingerprint;
  upsertOpenGates(book);
}
