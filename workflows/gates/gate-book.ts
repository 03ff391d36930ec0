/**
 * The gates of a workflow and the answers to them. The code is pure and deterministic, the state is plain JSON, and time
 * is an argument. An agent run (run/run-machine.ts) has one book, and so has a user's process with gates
 * (process/process-gates.ts).
 */
import { findAnswerFormatProblem, findAnswerMismatch } from './answer-checks';
import { FailureTypes } from '../../contract/failures';
import type { Gate, GateAnswer, GateOutcome, UnusedAnswer } from '../../contract/gates';
import { formatGateRef } from '../../contract/gate-refs';
import { cutText } from '../../contract/text/cut-text';

/** An answer that was accepted and is to be delivered. */
export interface AcceptedAnswer extends GateAnswer {
  via?: 'signal' | 'update';
  /** Nobody answered in time, and this is the answer of the gate's policy. */
  timedOut?: boolean;
  /** From now on Duvo may have the answer. */
  deliveryStarted?: boolean;
}

/** A gate with the state of its answer. */
export interface GateRecord {
  gate: Gate;
  acceptedAnswer?: AcceptedAnswer;
  /** When the gate is due; absent once the gate's policy was applied. */
  dueAtMs?: number;
}

/** A gate whose answer was accepted. */
export type AnsweredGateRecord = GateRecord & { acceptedAnswer: AcceptedAnswer };

export interface GateBook {
  workflowId: string;
  gates: GateRecord[];
  /** Answers by signal to gates that are not open yet. */
  earlyAnswers: { answer: GateAnswer; at: number }[];
  unusedAnswers: UnusedAnswer[];
}

/** The content of a gate. */
export type GateRequest = Pick<Gate, 'gateId' | 'source' | 'type' | 'title' | 'description' | 'questions'>;

export type AnswerCheck =
  | { fits: true; record: GateRecord }
  | { fits: false; type: 'Duvo.AnswerInvalid' | 'Duvo.GateClosed' | 'Duvo.GateUnknown'; reason: string };

/** Limit of the early and of the unused answers, against a sender in an endless loop. Further answers are dropped. */
const MAX_KEPT_ANSWERS = 500;

/** Limit of the description of a closed gate. */
const MAX_CLOSED_DESCRIPTION_CHARS = 1_000;

/** Limit of each field of an unused answer. */
const MAX_UNUSED_FIELD_CHARS = 500;

export function listOpenGates(book: GateBook): GateRecord[] {
  return book.gates.filter(({ gate }) => gate.status === 'open');
}

/** Checks whether an answer can be accepted now; if not, the result has the reason. The book does not change. */
export function checkAnswer(book: GateBook, answer: GateAnswer): AnswerCheck {
  const problem = findAnswerFormatProblem(answer);
  if (problem) return { fits: false, type: FailureTypes.AnswerInvalid, reason: problem };
  const record = book.gates.find(({ gate }) => gate.gateId === answer.gateId);
  if (!record) return { fits: false, type: FailureTypes.GateUnknown, reason: 'no gate with this id was opened' };
  if (record.gate.status === 'closed') {
    return { fits: false, type: FailureTypes.GateClosed, reason: `the gate is closed: ${record.gate.outcome}` };
  }
  if (record.acceptedAnswer)
    return {
      fits: false,
      type: FailureTypes.GateClosed,
      reason: record.acceptedAnswer.timedOut
        ? 'the time for an answer is over, and the policy of the gate is being applied'
        : 'the gate was answered before, and that answer is being delivered',
    };
  const mismatch = findAnswerMismatch(record.gate, answer);
  return mismatch ? { fits: false, type: FailureTypes.AnswerInvalid, reason: mismatch } : { fits: true, record };
}

/** Copies the known fields of a person's answer, so that a sender cannot set fields that only the workflow may set. */
export function toAcceptedAnswer(answer: GateAnswer, via: 'signal' | 'update'): AcceptedAnswer {
  const { gateId, approved, answers, by, comment } = answer;
  return { gateId, approved, answers, by, comment, via };
}

export function acceptAnswer(record: GateRecord, answer: AcceptedAnswer): void {
  record.acceptedAnswer = answer;
}

/** Records that the delivery of the accepted answer starts: from now on Duvo may have it. */
export function markDeliveryStarted({ acceptedAnswer }: GateRecord): void {
  if (acceptedAnswer) acceptedAnswer.deliveryStarted = true;
}

/** Applies an answer by signal: it is accepted, kept until its gate opens (if one may open), or listed as unused. */
export function applyAnswerSignal(book: GateBook, answer: GateAnswer, now: number, mayOpen = true): void {
  const check = checkAnswer(book, answer);
  if (check.fits) acceptAnswer(check.record, toAcceptedAnswer(answer, 'signal'));
  else if (check.type === FailureTypes.GateUnknown && mayOpen && book.earlyAnswers.length < MAX_KEPT_ANSWERS) {
    book.earlyAnswers.push({ answer, at: now });
  } else addUnusedAnswer(book, answer, now, check.reason);
}

/** Opens a gate, and applies the answers that arrived before. */
export function openGate(book: GateBook, request: GateRequest, openedAt: number, dueMs?: number): GateRecord {
  const due = dueMs === undefined ? undefined : openedAt + dueMs;
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
      openedAt: toIso(openedAt),
      ...(due !== undefined && { due: toIso(due) }),
      status: 'open',
    },
    ...(due !== undefined && { dueAtMs: due }),
  };
  book.gates.push(record);
  const earlyAnswers = book.earlyAnswers.filter(({ answer }) => answer.gateId === gateId);
  book.earlyAnswers = book.earlyAnswers.filter(({ answer }) => answer.gateId !== gateId);
  for (const { answer, at } of earlyAnswers) applyAnswerSignal(book, answer, at);
  return record;
}

export function closeGate(
  record: GateRecord,
  outcome: GateOutcome,
  now: number,
  answerFields: Partial<Gate> = {},
): void {
  Object.assign(record.gate, { status: 'closed', outcome, at: toIso(now), ...answerFields });
  delete record.acceptedAnswer;
  delete record.dueAtMs;
  shortenClosedGate(record.gate);
}

/** A run's result has all its gates, and long texts are only needed while somebody may answer. */
function shortenClosedGate(gate: Gate): void {
  const { description, questions } = gate;
  if (description !== undefined && description.length > MAX_CLOSED_DESCRIPTION_CHARS)
    gate.description = cutText(description, MAX_CLOSED_DESCRIPTION_CHARS, '… (the rest is in Duvo)');
  if (questions && JSON.stringify(questions).length > 4 * MAX_CLOSED_DESCRIPTION_CHARS) delete gate.questions;
}

/** Closes a gate with its accepted answer. */
export function closeAnswered(record: GateRecord, answer: AcceptedAnswer, now: number): void {
  const outcome = answer.timedOut
    ? 'timed-out'
    : record.gate.type === 'question'
      ? 'answered'
      : answer.approved
        ? 'approved'
        : 'denied';
  const { by, comment, via } = answer;
  closeGate(record, outcome, now, answer.timedOut ? {} : { by, ...(comment && { comment }), ...(via && { via }) });
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
  if (book.unusedAnswers.length >= MAX_KEPT_ANSWERS) return;
  // A signal can carry any JSON.
  const { gateId, by } = (answer ?? {}) as { gateId?: unknown; by?: unknown };
  book.unusedAnswers.push({ gateId: truncate(gateId), by: truncate(by), at: toIso(at), reason });
}

function truncate(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? cutText(String(value), MAX_UNUSED_FIELD_CHARS) : '';
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
