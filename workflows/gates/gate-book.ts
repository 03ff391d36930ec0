/**
 * The gates of a workflow and the answers to them. The code is pure and deterministic, the state is plain JSON, and time
 * is an argument. An agent run (run/run-machine.ts) has one book. A process, which is a user's workflow with gates, also has
 * one (process/process-gates.ts).
 */
import { findAnswerMismatch, STALE_REASON } from '../../contract/gates/answer-checks';
import { limitClosedGates } from './closed-gates';
import { mayHaveArrived } from './delivery-state';
import { setDue } from './due-date';
import { findUndecidedGate, type GateRefusal } from './find-gate';
import { startGateClock, stopGateClock } from './gate-clock';
import type { AcceptedAnswer, GateBook, GateRecord, GateRequest, GateTerms } from './gate-types';
import { countAnswer, findPolicyProblem, revokeAnswer, toPolicyFields } from './policy-answers';
import { findAnswerFormatProblem } from '../../contract/gates/answer-format';
import { FailureTypes } from '../../contract/failures';
import type { Gate, GateAnswer, GateOutcome } from '../../contract/gates/gates';
import { formatGateRef } from '../../contract/gates/gate-refs';
import { hashRequest } from '../../contract/gates/request-hash';
import { cutText, jsonBytes } from '../../contract/text/cut-text';
import { addReceipt } from './receipt-log';

export type { AcceptedAnswer, AnsweredGateRecord, GateBook, GateRecord, GateRequest, GateTerms } from './gate-types';

export type AnswerCheck =
  | { fits: true; record: GateRecord }
  | GateRefusal<
      'Duvo.AnswerInvalid' | 'Duvo.AnswerNotAllowed' | 'Duvo.AnswerStale' | 'Duvo.GateClosed' | 'Duvo.GateUnknown'
    >;

/**
 * Limits of the early and of the unused answers, against a sender in an endless loop. They are lists of a workflow that
 * continues as new with all that it remembers in one payload of at most 2 MB.
 */
const MAX_EARLY_ANSWERS = 500;
const MAX_EARLY_BYTES = 200_000;
const MAX_UNUSED_ANSWERS = 500;
const MAX_UNUSED_BYTES = 100_000;

/** Limit of each field of an unused answer. */
const MAX_UNUSED_FIELD_CHARS = 500;

export function listOpenGates(book: GateBook): GateRecord[] {
  return book.gates.filter(({ gate }) => gate.status === 'open');
}

/** Checks whether an answer can be accepted now; if not, the result has the reason. The book does not change. */
export function checkAnswer(book: GateBook, answer: GateAnswer): AnswerCheck {
  const problem = findAnswerFormatProblem(answer);
  if (problem) return { fits: false, type: FailureTypes.AnswerInvalid, reason: problem };
  const found = findUndecidedGate(book, answer.gateId);
  if (!found.fits) return found;
  const { record } = found;
  if (answer.requestHash && answer.requestHash !== record.gate.requestHash)
    return { fits: false, type: FailureTypes.AnswerStale, reason: STALE_REASON };
  const mismatch = findAnswerMismatch(record.gate, answer);
  if (mismatch) return { fits: false, type: FailureTypes.AnswerInvalid, reason: mismatch };
  const policyProblem = findPolicyProblem(record, answer);
  return policyProblem ? { fits: false, ...policyProblem } : { fits: true, record };
}

/** Copies the known fields of a person's answer, so that a sender cannot set fields that only the workflow may set. */
export function toAcceptedAnswer(answer: GateAnswer, message: 'signal' | 'update'): AcceptedAnswer {
  const { gateId, approved, answers, by, groups, comment, requestHash, via } = answer;
  const channel = via === 'signal' || via === 'update' ? message : (via ?? message);
  return { gateId, approved, answers, by, ...(groups && { groups }), comment, requestHash, via: channel };
}

/** Applies a person's answer that {@link checkAnswer} has found to fit: it is accepted, or the gate waits for more people. */
export function applyAnswer(book: GateBook, record: GateRecord, answer: AcceptedAnswer, now: number): void {
  if (countAnswer(record, answer, now)) return acceptAnswer(record, answer);
  const outcome = answer.approved ? 'approved' : 'denied';
  addReceipt(book.receipts, { ...record.gate, outcome, at: toIso(now) }, answer);
}

/** Accepts an answer that decides the gate. */
export function acceptAnswer(record: GateRecord, answer: AcceptedAnswer): void {
  record.acceptedAnswer = answer;
}

/** Removes an accepted answer that Duvo has refused, so that the gate can be answered again. */
export function removeAcceptedAnswer(record: GateRecord): void {
  if (!record.acceptedAnswer?.timedOut) revokeAnswer(record);
  delete record.acceptedAnswer;
}

/**
 * Applies an answer that came by signal. An answer that fits is accepted. An answer to an unknown gate is kept until that
 * gate opens. Any other answer is listed as unused.
 *
 * @param mayOpen whether gates can still open. @default true
 */
export function applyAnswerSignal(book: GateBook, answer: GateAnswer, now: number, mayOpen = true): void {
  const check = checkAnswer(book, answer);
  if (check.fits) applyAnswer(book, check.record, toAcceptedAnswer(answer, 'signal'), now);
  else if (check.type === FailureTypes.GateUnknown && mayOpen) keepEarlyAnswer(book, answer, now);
  else addUnusedAnswer(book, answer, now, check.reason);
}

function keepEarlyAnswer(book: GateBook, given: GateAnswer, now: number): void {
  const answer = toAcceptedAnswer(given, 'signal');
  const bytes = jsonBytes(answer);
  const keptBytes = book.earlyAnswers.reduce((sum, early) => sum + early.bytes, 0);
  if (book.earlyAnswers.length >= MAX_EARLY_ANSWERS || keptBytes + bytes > MAX_EARLY_BYTES)
    addUnusedAnswer(book, given, now, 'too many answers wait for gates that are not open');
  else book.earlyAnswers.push({ answer, at: now, bytes });
}

/**
 * Opens a gate, and applies the answers that arrived before. The time until the gate is due counts from now, when the
 * gate can be seen and answered, and not from the time when the person was asked first.
 *
 * @param options.openedAt when the person was asked. @default now
 */
export function openGate(
  book: GateBook,
  request: GateRequest,
  now: number,
  { due, calendar, onTimeout, policy, notify, openedAt = now }: GateTerms & { openedAt?: number } = {},
): GateRecord {
  const { gateId, source, type, title, description, questions } = request;
  const record: GateRecord = {
    gate: {
      gateId,
      ref: formatGateRef(book.workflowId, gateId),
      source,
      type,
      title,
      ...(description && { description }),
      ...(questions && { questions }),
      requestHash: hashRequest(request),
      openedAt: toIso(openedAt),
      status: 'open',
      ...toPolicyFields(type, policy),
    },
    onTimeout: onTimeout ?? 'hold',
    ...(notify?.length && { messages: notify.map((channel) => ({ channel })) }),
    ...(calendar && { calendar }),
  };
  startGateClock(record, now);
  if (due) setDue(record, due, now);
  book.gates.push(record);
  const earlyAnswers = book.earlyAnswers.filter(({ answer }) => answer.gateId === gateId);
  book.earlyAnswers = book.earlyAnswers.filter(({ answer }) => answer.gateId !== gateId);
  for (const { answer, at } of earlyAnswers) applyAnswerSignal(book, answer, at);
  return record;
}

/** Records that the time for an answer has passed. */
export function markOverdue(record: GateRecord): void {
  record.isOverdue = true;
  delete record.due;
}

export function closeGate(
  book: GateBook,
  record: GateRecord,
  outcome: GateOutcome,
  now: number,
  answerFields: Partial<Gate> = {},
): void {
  Object.assign(record.gate, { status: 'closed', outcome, at: toIso(now), ...answerFields });
  addReceipt(book.receipts, record.gate, answerFields.by === undefined ? undefined : record.acceptedAnswer);
  delete record.acceptedAnswer;
  stopGateClock(record);
  delete record.votes;
  delete record.missingSinceMs;
  limitClosedGates(book, record);
}

/** Closes a gate with its accepted answer. */
export function closeAnswered(
  book: GateBook,
  record: GateRecord,
  answer: AcceptedAnswer,
  now: number,
  delivery?: 'unconfirmed',
): void {
  const outcome = answer.timedOut
    ? 'timed-out'
    : record.gate.type === 'question'
      ? 'answered'
      : answer.approved
        ? 'approved'
        : 'denied';
  closeGate(book, record, outcome, now, { ...toAnswerFields(answer), ...(delivery && { delivery }) });
}

/**
 * Closes a gate whose answer, or whose denial by the stop, may have arrived in Duvo. Such an answer counts neither as
 * delivered nor as unused.
 */
export function closeUnconfirmed(book: GateBook, record: GateRecord, outcome: GateOutcome, now: number): void {
  const { acceptedAnswer } = record;
  const isSent = mayHaveArrived(record);
  if (!isSent) markAcceptedAnswerUnused(book, record, now, `the gate was closed: ${outcome}`);
  const answerFields = isSent && acceptedAnswer && toAnswerFields(acceptedAnswer);
  closeGate(book, record, outcome, now, { ...answerFields, delivery: 'unconfirmed' });
}

function toAnswerFields({ by, comment, via, timedOut }: AcceptedAnswer): Partial<Gate> {
  return timedOut ? {} : { by, ...(comment && { comment }), ...(via && { via }) };
}

/** Lists the early answers as unused: their gates were never opened. */
export function markEarlyAnswersUnused(book: GateBook): void {
  for (const { answer, at } of book.earlyAnswers)
    addUnusedAnswer(book, answer, at, 'the run ended without opening a gate with this id');
  book.earlyAnswers = [];
}

/** Lists the accepted answer of a gate as unused, if a person gave it. */
export function markAcceptedAnswerUnused(
  book: GateBook,
  { acceptedAnswer }: GateRecord,
  now: number,
  reason: string,
): void {
  if (acceptedAnswer && !acceptedAnswer.timedOut) addUnusedAnswer(book, acceptedAnswer, now, reason);
}

function addUnusedAnswer(book: GateBook, answer: GateAnswer, at: number, reason: string): void {
  // A signal can carry any JSON.
  const { gateId, by } = (answer ?? {}) as { gateId?: unknown; by?: unknown };
  const unused = { gateId: truncate(gateId), by: truncate(by), at: toIso(at), reason };
  const isFull = book.unusedAnswers.length >= MAX_UNUSED_ANSWERS;
  if (isFull || book.omittedAnswers || jsonBytes([...book.unusedAnswers, unused]) > MAX_UNUSED_BYTES)
    book.omittedAnswers = (book.omittedAnswers ?? 0) + 1;
  else book.unusedAnswers.push(unused);
}

function truncate(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? cutText(String(value), MAX_UNUSED_FIELD_CHARS) : '';
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
