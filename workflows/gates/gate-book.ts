/**
 * The gates of a workflow and the answers to them: pure, deterministic, plain JSON, with time as an argument. A run's
 * machine (run-machine.ts) keeps one for the gates of the run, a user's process (process-gates.ts) one for its own.
 */
import { malformed, misfit } from './answers';
import {
  FailureTypes,
  type Gate,
  type GateAnswer,
  type GateOutcome,
  type UnusedAnswer,
} from '../../contract/run-contract';
import { gateRef } from '../../contract/gate-ref';

/** An answer that was taken and is on its way. */
export interface TakenAnswer extends GateAnswer {
  via?: 'signal' | 'update';
  /** The policy's answer when nobody gave one in time. */
  timedOut?: boolean;
  /** Its delivery has begun. */
  sent?: boolean;
}

/** A gate with what its delivery needs. `dueMs` is absent once the policy was applied. */
export interface GateRecord {
  gate: Gate;
  taken?: TakenAnswer;
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
export type Asked = Pick<Gate, 'gateId' | 'source' | 'type' | 'title' | 'description' | 'questions'>;

export type AnswerCheck =
  | { fits: true; record: GateRecord }
  | { fits: false; type: 'Duvo.AnswerInvalid' | 'Duvo.GateClosed' | 'Duvo.GateUnknown'; reason: string };

/** More early or unused answers than this are a runaway sender; the rest is counted as unused without being kept. */
const MOST_KEPT = 500;

/** Of what a closed gate still shows of its description. In characters. */
const LONGEST_CLOSED = 1_000;

/** Of what is kept of an answer that is not used. In characters. */
const LONGEST_KEPT = 500;

export function openGates(book: GateBook): GateRecord[] {
  return book.gates.filter(({ gate }) => gate.status === 'open');
}

/** Whether an answer can be taken now, and if not, why. Changes nothing. */
export function checkAnswer(book: GateBook, answer: GateAnswer): AnswerCheck {
  const problem = malformed(answer);
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
  const wrong = misfit(record.gate, answer);
  return wrong ? { fits: false, type: FailureTypes.AnswerInvalid, reason: wrong } : { fits: true, record };
}

/** A person's answer as it is taken: what else came with it could pass for what only the workflow says. */
export function takenFrom(answer: GateAnswer, via: 'signal' | 'update'): TakenAnswer {
  const { gateId, approved, answers, by, comment } = answer;
  return { gateId, approved, answers, by, comment, via };
}

/** Takes an answer that fits, for delivery. */
export function takeAnswer(record: GateRecord, answer: TakenAnswer): void {
  record.taken = answer;
}

/** The delivery of the answer that was taken begins: from now on it may be Duvo's answer. */
export function sending({ taken }: GateRecord): void {
  if (taken) taken.sent = true;
}

/** An answer by signal: taken, kept until its gate opens (while one may open), or listed as unused. */
export function signalled(book: GateBook, answer: GateAnswer, now: number, mayOpen = true): void {
  const check = checkAnswer(book, answer);
  if (check.fits) takeAnswer(check.record, takenFrom(answer, 'signal'));
  else if (check.type === FailureTypes.GateUnknown && mayOpen && book.early.length < MOST_KEPT) {
    book.early.push({ answer, at: now });
  } else addUnused(book, answer, now, check.reason);
}

/** Opens a gate; an answer that came early may be taken for it. */
export function openGate(book: GateBook, asked: Asked, openedAt: number, dueMs?: number): GateRecord {
  const due = dueMs === undefined ? undefined : openedAt + dueMs;
  const { gateId, source, type, title, description, questions } = asked;
  const record: GateRecord = {
    gate: {
      gateId,
      ref: gateRef(book.workflowId, gateId),
      source,
      type,
      title,
      ...(description !== undefined && { description }),
      ...(questions && { questions }),
      openedAt: iso(openedAt),
      ...(due !== undefined && { due: iso(due) }),
      status: 'open',
    },
    ...(due !== undefined && { dueMs: due }),
  };
  book.gates.push(record);
  const waiting = book.early.filter(({ answer }) => answer.gateId === gateId);
  book.early = book.early.filter(({ answer }) => answer.gateId !== gateId);
  for (const { answer, at } of waiting) signalled(book, answer, at);
  return record;
}

export function closeGate(record: GateRecord, outcome: GateOutcome, now: number, evidence: Partial<Gate> = {}): void {
  Object.assign(record.gate, { status: 'closed', outcome, at: iso(now), ...evidence });
  delete record.taken;
  delete record.dueMs;
  shorten(record.gate);
}

/** What was asked at length is only needed while somebody may answer; a run's result holds all its gates. */
function shorten(gate: Gate): void {
  const { description, questions } = gate;
  if (description !== undefined && description.length > LONGEST_CLOSED)
    gate.description = `${description.slice(0, LONGEST_CLOSED)}… (the rest is in Duvo)`;
  if (questions && JSON.stringify(questions).length > 4 * LONGEST_CLOSED) delete gate.questions;
}

/** Closes a gate with the answer that was taken for it. */
export function closeAnswered(record: GateRecord, taken: TakenAnswer, now: number): void {
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
export function settleEarly(book: GateBook): void {
  for (const { answer, at } of book.early)
    addUnused(book, answer, at, 'the run ended without opening a gate of this id');
  book.early = [];
}

/** Lists the answer that was on its way, if there is one. */
export function listTaken(book: GateBook, { taken }: GateRecord, now: number, reason: string): void {
  if (taken && !taken.timedOut) addUnused(book, taken, now, reason);
}

function addUnused(book: GateBook, answer: GateAnswer, at: number, reason: string): void {
  if (book.unused.length >= MOST_KEPT) return;
  // A signal may bring any JSON.
  const { gateId, by } = (answer ?? {}) as { gateId?: unknown; by?: unknown };
  book.unused.push({ gateId: short(gateId), by: short(by), at: iso(at), reason });
}

function short(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, LONGEST_KEPT) : '';
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
