import {
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { FailureTypes, rootFailure } from '../../contract/failures';
import { type GatePolicy, type GateTimeoutAction, toRecordedPolicy } from '../../contract/gates/gate-policy';
import type { Gate } from '../../contract/gates/gates';
import { failInvalidInput } from '../../contract/input-checks';
import { applyComputedDue } from '../gates/due-date';
import {
  type AcceptedAnswer,
  closeGate,
  type GateBook,
  type GateRecord,
  type GateRequest,
  listOpenGates,
  openGate,
} from '../gates/gate-book';
import { resolveStarter } from '../gates/starter';
import { adoptMessages, messagesMemo } from '../notifications/carried-messages';
import { computeDueOfGate } from '../timers/compute-due';
import { updateGateTimers } from '../timers/gate-timers';
import { closeIfAnswered, findClosingAnswer, setGateHandlers } from './gate-handlers';
import { openReceiptLog, receiptsMemo } from './receipt-chain';
import { settleNotifications, showGates } from './show-gates';

/** The memo has all open gates and is written again whenever one opens or closes, so their number is limited. */
const MAX_OPEN_GATES = 100;

/** The checked content of a process's gate. */
export type ProcessGateRequest = Omit<GateRequest, 'gateId' | 'source'> & GatePolicy & { id?: string };

interface ClosedGate {
  gate: Gate;
  /** Absent when `onTimeout` decided, or an admin withdrew the gate. */
  answer?: AcceptedAnswer;
  /** What happened when the gate was due: as in the policy, or as the last step of its escalation says. */
  onTimeout?: GateTimeoutAction;
}

/** The gates of this workflow. Each workflow has its own copy of a bundle's module state. */
let gateBook: GateBook | undefined;
let generatedIds = 0;
let idPrefix: string | undefined;

/**
 * Opens a gate of the process and waits until it is closed.
 *
 * @throws ApplicationFailure `Duvo.GateTimedOut` when the gate was overdue and `onTimeout` is `fail`; the first detail of the
 * failure is `{gates}`, with this gate
 */
export async function openGateAndWait({
  id,
  due,
  calendar,
  onTimeout,
  reminders,
  escalation,
  approvers,
  exclude,
  quorum,
  denial,
  notify,
  admins,
  ...request
}: ProcessGateRequest): Promise<ClosedGate> {
  const scope = CancellationScope.current();
  // A person must not receive a question for work that is being cancelled.
  if (scope.consideredCancelled) await scope.cancelRequested;
  const policy = resolveStarter(
    toRecordedPolicy({ approvers, exclude, quorum, denial, admins, reminders, escalation }),
  );
  const isFirst = !gateBook;
  const book = (gateBook ??= {
    workflowId: workflowInfo().workflowId,
    gates: [],
    earlyAnswers: [],
    unusedAnswers: [],
    receipts: openReceiptLog(),
    omittedIds: [],
  });
  const gateId = chooseGateId(book, id);
  const terms = { due, calendar, onTimeout, policy, notify };
  const record = openGate(book, { ...request, gateId, source: 'process' }, Date.now(), terms);
  adoptMessages(record);
  // The handlers are set after the gate has opened, so that answers which arrived before are answers to it.
  if (isFirst) setGateHandlers(book);
  closeIfAnswered(book, record);
  const isClosed = () => record.gate.status === 'closed';
  const updateTimers = () => updateGateTimers(book, () => void showGates(book));
  const dating = new CancellationScope({ cancellable: true });
  try {
    if (!isClosed()) {
      await showGates(book);
      updateTimers();
      await Promise.race([condition(isClosed), dating.run(() => dateGate(book, record))]);
    }
  } finally {
    dating.cancel();
    if (!isClosed()) closeGate(book, record, 'withdrawn', Date.now());
    updateTimers();
    await showGates(book);
    await settleNotifications(book);
  }
  const { gate } = record;
  if (gate.outcome !== 'timed-out' || record.onTimeout !== 'fail')
    return { gate, answer: findClosingAnswer(record), onTimeout: record.onTimeout };
  throw ApplicationFailure.nonRetryable(`gate ${gateId} was not answered in time`, FailureTypes.GateTimedOut, {
    gates: [gate],
  });
}

/**
 * Returns what the memo of the next execution has of this process's gates: the end of its chain of receipts, and the messages
 * about its open gates.
 */
export async function gatesMemo(): Promise<Record<string, unknown>> {
  if (gateBook) await settleNotifications(gateBook);
  return { ...receiptsMemo(gateBook), ...(gateBook && messagesMemo(gateBook)) };
}

/**
 * Computes the business due time of a gate. The gate is open meanwhile. The promise never resolves.
 *
 * @throws ApplicationFailure `Duvo.InvalidInput` when the calendar cannot be used
 */
async function dateGate(book: GateBook, record: GateRecord): Promise<never> {
  const { pendingDue } = record;
  if (pendingDue) {
    try {
      const computed = await computeDueOfGate(record, pendingDue);
      // An admin may have set another due time, and an answer may have closed the gate.
      if (record.pendingDue === pendingDue) applyComputedDue(record, pendingDue.rule, computed);
      updateGateTimers(book, () => void showGates(book));
      await showGates(book);
    } catch (error) {
      if (isCancellation(error)) throw error;
      throw rootFailure(error) as Error;
    }
  }
  return new Promise(() => undefined);
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
