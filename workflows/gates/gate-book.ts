/**
 * The gates of a workflow and the answers to them: pure, deterministic, plain JSON, with time as an argument. A run's
 * machine (run-machine.ts) keeps one for the gates of the run, a user's process (process-gates.ts) one for its own.
 */
import { findAnswerFormatProblem, findAnswerMismatch } from './answer-checks';
import { FailureTypes } from '../../contract/failures';
import type { Gate, GateAnswer, GateOutcome, UnusedAnswer } from '../../contract/gates';
import { formatGateRef } from '../../contract/gate-refs';

/** An answer that was taken and is on its way. */
export interface AcceptedAnswer extends GateAnswer {
  via?: 'signal' | 'update';
  /** The policy's answer when nobody gave one in time. */
  timedOut?: boolean;
  /** Its delivery has begun. */
  sent?: boolean;
}

/** A gate with what its delivery needs. `dueMs` is absent once the policy was applied. */
export interface GateRecord {
  gate: Gate;
  taken?: AcceptedAnswer;
  dueMs?: number;
}

export interface GateBook {
  workflowId: string;
  gates: GateRecord[];
  /** Answers by signal to gates that are not known yet. */
  early: { answer: GateAnswer; at: number }[];
  unused: UnusedAnswer[];
}

/** What a gate asks. */
export type GateRequest = Pick<Gate, 'gateId' | 'source' | 'type' | 'title' | 'description' | 'questions'>;

export type AnswerCheck =
  | { fits: true; record: GateRecord }
  | { fits: false; type: 'Duvo.AnswerInvalid' | 'Duvo.GateClosed' | 'Duvo.GateUnknown'; reason: string };

/** More early or unused answers than this are a runaway sender; the rest is counted as unused without being kept. */
const MAX_KEPT_ANSWERS = 500;

/** Of what a closed gate still shows of its description. In characters. */
const MAX_CLOSED_DESCRIPTION_CHARS = 1_000;

/** Of what is kept of an answer that is not used. In characters. */
const MAX_UNUSED_FIELD_CHARS = 500;

export function listOpenGates(book: GateBook): GateRecord[] {
  return book.gates.filter(({ gate }) => gate.status === 'open');
}

/** Whether an answer can be taken now, and if not, why. Changes nothing. */
export function checkAnswer(book: GateBook, answer: GateAnswer): AnswerCheck {
  const problem = findAnswerFormatProblem(answer);
  if (problem) return { fits: false, type: FailureTypes.AnswerInvalid, reason: problem };
  const record = book.gates.find(({ gate }) => gate.gateId === answer.gateId);
  if (!record) return { fits: false, type: FailureTypes.GateUnknown, reason: 'no gate of this id has been opened' };
  if (record.gate.status === 'closed') {
    return { fits: false, type: FailureTypes.GateClosed, reason: `the gate is closed: ${record.gate.outcome}` };
  }
  if (record.taken)
    return {
      fits: false,
      type: FailureTypes.GateClosed,
      reason: record.taken.timedOut
        ? 'the time for an answer is over; what happens then is on its way'
        : 'the gate was answered already; the answer is on its way',
    };
  const mismatch = findAnswerMismatch(record.gate, answer);
  return mismatch ? { fits: false, type: FailureTypes.AnswerInvalid, reason: mismatch } : { fits: true, record };
}

/** A person's answer as it is taken: what else came with it could pass for what only the workflow says. */
export function toAcceptedAnswer(answer: GateAnswer, via: 'signal' | 'update'): AcceptedAnswer {
  const { gateId, approved, answers, by, comment } = answer;
  return { gateId, approved, answers, by, comment, via };
}

/** Takes an answer that fits, for delivery. */
export function acceptAnswer(record: GateRecord, answer: AcceptedAnswer): void {
  record.taken = answer;
}

/** The delivery of the answer that was taken begins: from now on it may be Duvo's answer. */
export function markDeliveryStarted({ taken }: GateRecord): void {
  if (taken) taken.sent = true;
}

/** An answer by signal: taken, kept until its gate opens (while one may open), or listed as unused. */
export function applyAnswerSignal(book: GateBook, answer: GateAnswer, now: number, mayOpen = true): void {
  const check = checkAnswer(book, answer);
  if (check.fits) acceptAnswer(check.record, toAcceptedAnswer(answer, 'signal'));
  else if (check.type === FailureTypes.GateUnknown && mayOpen && book.early.length < MAX_KEPT_ANSWERS) {
    book.early.push({ answer, at: now });
  } else addUnusedAnswer(book, answer, now, check.reason);
}

/** Opens a gate; an answer that came early may be taken for it. */
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
      ...(description !== undefined && { description }),
      ...(questions && { questions }),
      openedAt: toIso(openedAt),
      ...(due !== undefined && { due: toIso(due) }),
      status: 'open',
    },
    ...(due !== undefined && { dueMs: due }),
  };
  book.gates.push(record);
  const earlyAnswers = book.early.filter(({ answer }) => answer.gateId === gateId);
  book.early = book.early.filter(({ answer }) => answer.gateId !== gateId);
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
  delete record.taken;
  delete record.dueMs;
  shortenClosedGate(record.gate);
}

/** What was asked at length is only needed while somebody may answer; a run's result holds all its gates. */
function shortenClosedGate(gate: Gate): void {
  const { description, questions } = gate;
  if (description !== undefined && description.length > MAX_CLOSED_DESCRIPTION_CHARS)
    gate.description = `${description.slice(0, MAX_CLOSED_DESCRIPTION_CHARS)}… (the rest is in Duvo)`;
  if (questions && JSON.stringify(questions).length > 4 * MAX_CLOSED_DESCRIPTION_CHARS) delete gate.questions;
}

/** Closes a gate with the answer that was taken for it. */
export function closeAnswered(record: GateRecord, taken: AcceptedAnswer, now: number): void {
  const outcome = taken.timedOut
    ? 'timed-out'
    : record.gate.type === 'question'
      ? 'answered'
      : taken.approved
        ? 'approved'
        : 'denied';
  const { by, comment, via } = taken;
  closeGate(record, outcome, now, taken.timedOut ? {} : { by, ...(comment && { comment }), ...(via && { via }) });
}

/** Early answers that no gate came for are listed as unused. */
export function markEarlyAnswersUnused(book: GateBook): void {
  for (const { answer, at } of book.early)
    addUnusedAnswer(book, answer, at, 'the run ended without opening a gate of this id');
  book.early = [];
}

/** Lists the answer that was on its way, if there is one. */
export function markAcceptedAnswerUnused(book: GateBook, { taken }: GateRecord, now: number, reason: string): void {
  if (taken && !taken.timedOut) addUnusedAnswer(book, taken, now, reason);
}

function addUnusedAnswer(book: GateBook, answer: GateAnswer, at: number, reason: string): void {
  if (book.unused.length >= MAX_KEPT_ANSWERS) return;
  // A signal may bring any JSON.
  const { gateId, by } = (answer ?? {}) as { gateId?: unknown; by?: unknown };
  book.unused.push({ gateId: truncate(gateId), by: truncate(by), at: toIso(at), reason });
}

function truncate(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, MAX_UNUSED_FIELD_CHARS) : '';
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
