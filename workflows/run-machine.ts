/**
 * The state machine of an agent run and its gates: pure, deterministic, plain JSON, so that it can be carried over
 * continue-as-new and tested against a model. Time is given, in milliseconds of workflow time. The workflow
 * (agent-run.ts) only feeds it what happens and does what it asks for.
 */
import type { RunLook } from '../activities';
import { malformed, misfit } from './answers';
import { type ClockState, enterPhase, type Phase, readClocks, startClocks } from './clocks';
import {
  FailureTypes,
  type Gate,
  type GateAnswer,
  type GateOutcome,
  type RunStart,
  type StartCandidate,
  TERMINAL_STATUSES,
  type UnusedAnswer,
} from './contract';
import { gateRef } from './gate-ref';

/** An answer that was taken and is on its way to Duvo. */
export interface TakenAnswer extends GateAnswer {
  via?: 'signal' | 'update';
  /** The policy's answer when nobody gave one in time. */
  timedOut?: boolean;
}

/** A gate with what its delivery needs. `dueMs` is absent once the policy was applied. */
export interface GateRecord {
  gate: Gate;
  taken?: TakenAnswer;
  dueMs?: number;
}

export interface RunMemory {
  workflowId: string;
  runId?: string;
  start?: RunStart;
  /** What an ambiguous start may have made, and its key: continue-as-new would make another one. */
  ambiguous?: { candidates: StartCandidate[]; key: string };
  status: string;
  /** What the watch is to compare with: what Duvo showed last, or must show after what we did. */
  seen: { status: string; requestId?: string; endedAt?: string };
  /** How often the run was resumed. */
  resumed?: number;
  owner?: unknown;
  outcome?: unknown;
  /** When the run ended, by Duvo's clock. */
  endedAt?: string;
  gates: GateRecord[];
  /** Answers by signal to gates that are not known yet. */
  early: { answer: GateAnswer; at: number }[];
  unused: UnusedAnswer[];
  clocks: ClockState;
}

export type AnswerCheck =
  | { fits: true; record: GateRecord }
  | { fits: false; type: 'Duvo.AnswerInvalid' | 'Duvo.GateClosed' | 'Duvo.GateUnknown'; reason: string };

/** More early or unused answers than this are a runaway sender; the rest is counted as unused without being kept. */
const MOST_KEPT = 500;

export function newRun(workflowId: string, now: number): RunMemory {
  return {
    workflowId,
    status: 'starting',
    seen: { status: 'starting' },
    gates: [],
    early: [],
    unused: [],
    clocks: startClocks(now),
  };
}

export function isTerminal(status: string): boolean {
  return status === 'gone' || (TERMINAL_STATUSES as readonly string[]).includes(status);
}

export function openGates(memory: RunMemory): GateRecord[] {
  return memory.gates.filter(({ gate }) => gate.status === 'open');
}

/** The gate whose answer is to be delivered next. */
export function nextDelivery(memory: RunMemory): (GateRecord & { taken: TakenAnswer }) | undefined {
  return openGates(memory).find((record): record is GateRecord & { taken: TakenAnswer } => record.taken !== undefined);
}

/** Takes in what a look at the run saw, whoever made it look. A look never undoes the end of a run or of a gate. */
export function observe(memory: RunMemory, look: RunLook, now: number, dueMs?: number): void {
  if (isTerminal(memory.status) || isEndBefore(memory, look)) return;
  memory.runId ??= look.runId;
  memory.status = look.status;
  memory.seen = { status: look.status, ...(look.request && { requestId: look.request.id }) };
  if (look.endedAt !== undefined) memory.endedAt = look.endedAt;
  else delete memory.endedAt;
  if (look.owner !== undefined) memory.owner = look.owner;
  if (look.outcome !== undefined) memory.outcome = look.outcome;
  const ended = isTerminal(look.status);
  // The agent may have begun, and more, since the last look.
  if (memory.clocks.phase === 'queued' && look.begunAgoMs !== undefined)
    enterPhase(memory.clocks, 'agent', now, look.begunAgoMs);
  const requestId = ended ? undefined : look.request?.id;
  for (const record of openGates(memory)) {
    if (record.gate.source === 'duvo' && record.gate.gateId !== requestId)
      closeUnseen(memory, record, elsewhere(look.status), now);
  }
  if (look.request && requestId && !memory.gates.some(({ gate }) => gate.gateId === requestId)) {
    const { id, ...request } = look.request;
    const asked = { ...request, gateId: id, source: 'duvo' as const };
    open(memory, asked, now - Math.min(look.changedAgoMs, Math.max(0, now - memory.clocks.since)), dueMs);
  }
  enterPhase(memory.clocks, phaseOf(memory, look), now, look.changedAgoMs);
  if (ended) settleEarly(memory);
}

/** Whether an answer can be taken now, and if not, why. Changes nothing. */
export function checkAnswer(memory: RunMemory, answer: GateAnswer): AnswerCheck {
  const problem = malformed(answer);
  if (problem) return { fits: false, type: FailureTypes.AnswerInvalid, reason: problem };
  const record = memory.gates.find(({ gate }) => gate.gateId === answer.gateId);
  if (!record)
    return { fits: false, type: FailureTypes.GateUnknown, reason: 'the run has not opened a gate of this id' };
  if (record.gate.status === 'closed') {
    return { fits: false, type: FailureTypes.GateClosed, reason: `the gate is closed: ${record.gate.outcome}` };
  }
  if (record.taken)
    return {
      fits: false,
      type: FailureTypes.GateClosed,
      reason: 'the gate was answered already; the answer is on its way',
    };
  const wrong = misfit(record.gate, answer);
  return wrong ? { fits: false, type: FailureTypes.AnswerInvalid, reason: wrong } : { fits: true, record };
}

/** Takes an answer that fits, for delivery. */
export function takeAnswer(record: GateRecord, answer: TakenAnswer): void {
  record.taken = answer;
}

/** An answer by signal: taken, kept until its gate opens, or listed as unused. */
export function takeSignal(memory: RunMemory, answer: GateAnswer, now: number): void {
  const check = checkAnswer(memory, answer);
  if (check.fits) takeAnswer(check.record, { ...answer, via: 'signal' });
  else if (check.type === FailureTypes.GateUnknown && !isTerminal(memory.status) && memory.early.length < MOST_KEPT) {
    memory.early.push({ answer, at: now });
  } else addUnused(memory, answer, now, check.reason);
}

/** The answer that was taken has reached Duvo. */
export function delivered(memory: RunMemory, record: GateRecord, now: number): void {
  const { taken } = record;
  if (!taken || record.gate.status === 'closed') return;
  closeDelivered(record, taken, now);
  memory.status = 'running';
  memory.seen = { status: 'running' };
  if (openGates(memory).length === 0) enterPhase(memory.clocks, 'agent', now);
}

/** Somebody else's answer was at Duvo before ours. */
export function overtaken(memory: RunMemory, record: GateRecord, now: number): void {
  listTaken(memory, record, now, 'the gate was answered elsewhere');
  close(record, 'answered-elsewhere', now);
}

/** Duvo refused the answer for good: the gate is open as before. */
export function deliveryRefused(memory: RunMemory, record: GateRecord, now: number, reason: string): void {
  listTaken(memory, record, now, reason);
  delete record.taken;
}

/** A gate that the workflow opens itself, before there is a run: the time is people's. */
export function openOwn(
  memory: RunMemory,
  asked: Pick<Gate, 'gateId' | 'type' | 'title' | 'description' | 'questions'>,
  now: number,
  dueMs?: number,
): void {
  enterPhase(memory.clocks, 'human', now);
  open(memory, { ...asked, source: 'process' }, now, dueMs);
}

/** An interrupted run was told to go on: the only step that leaves an end. It may go on looking interrupted a while. */
export function resumed(memory: RunMemory, now: number): void {
  memory.resumed = (memory.resumed ?? 0) + 1;
  memory.seen = { status: memory.status, endedAt: memory.endedAt ?? '' };
  memory.status = 'running';
  enterPhase(memory.clocks, 'agent', now);
}

/** The answer to a gate of the workflow's own, which waits for the run again. */
export function answeredOwn(memory: RunMemory, record: GateRecord, now: number): void {
  if (record.taken) closeDelivered(record, record.taken, now);
  enterPhase(memory.clocks, 'queued', now);
}

/** Closes a gate without an answer: nobody can give one any more. */
export function closeUnanswered(
  memory: RunMemory,
  record: GateRecord,
  outcome: 'timed-out' | 'withdrawn',
  now: number,
): void {
  listTaken(memory, record, now, `the gate was closed: ${outcome}`);
  close(record, outcome, now);
  if (openGates(memory).length === 0) enterPhase(memory.clocks, 'agent', now);
}

/** Stops the clocks; early answers that no gate came for are listed as unused. */
export function settle(memory: RunMemory, now: number): void {
  enterPhase(memory.clocks, 'done', now);
  settleEarly(memory);
}

export function clocksAt(memory: RunMemory, now: number) {
  return readClocks(memory.clocks, now);
}

function open(
  memory: RunMemory,
  asked: Pick<Gate, 'gateId' | 'source' | 'type' | 'title' | 'description' | 'questions'>,
  openedAt: number,
  dueMs?: number,
): void {
  const due = dueMs === undefined ? undefined : openedAt + dueMs;
  const { gateId, source, type, title, description, questions } = asked;
  const record: GateRecord = {
    gate: {
      gateId,
      ref: gateRef(memory.workflowId, gateId),
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
  memory.gates.push(record);
  const waiting = memory.early.filter(({ answer }) => answer.gateId === gateId);
  memory.early = memory.early.filter(({ answer }) => answer.gateId !== gateId);
  for (const { answer, at } of waiting) takeSignal(memory, answer, at);
}

function close(record: GateRecord, outcome: GateOutcome, now: number, evidence: Partial<Gate> = {}): void {
  Object.assign(record.gate, { status: 'closed', outcome, at: iso(now), ...evidence });
  delete record.taken;
  delete record.dueMs;
}

/**
 * Closes a gate that the run no longer waits at. An answer that was on its way and was not heard of again (the workflow
 * was cancelled meanwhile) is taken to have arrived, unless the run ended without one.
 */
function closeUnseen(memory: RunMemory, record: GateRecord, outcome: GateOutcome, now: number): void {
  if (record.taken && outcome === 'answered-elsewhere') return closeDelivered(record, record.taken, now);
  listTaken(memory, record, now, `the gate was closed: ${outcome}`);
  close(record, outcome, now);
}

function closeDelivered(record: GateRecord, taken: TakenAnswer, now: number): void {
  const outcome = taken.timedOut
    ? 'timed-out'
    : record.gate.type === 'question'
      ? 'answered'
      : taken.approved
        ? 'approved'
        : 'denied';
  const { by, comment, via } = taken;
  close(record, outcome, now, taken.timedOut ? {} : { by, ...(comment && { comment }), ...(via && { via }) });
}

/** What became of an open gate when the run no longer waits on it: it went on, or it ended without an answer. */
function elsewhere(status: string): GateOutcome {
  return isTerminal(status) && status !== 'completed' ? 'withdrawn' : 'answered-elsewhere';
}

/** Whether a look shows the end that the run was resumed from. */
function isEndBefore({ seen }: RunMemory, look: RunLook): boolean {
  return seen.endedAt !== undefined && look.status === seen.status && (look.endedAt ?? '') === seen.endedAt;
}

function phaseOf(memory: RunMemory, look: RunLook): Phase {
  if (isTerminal(look.status)) return 'done';
  if (openGates(memory).length > 0) return 'human';
  // Duvo may still show a request that was answered a moment ago: nobody is waited for.
  if (look.status === 'waiting' && !look.request) return 'human';
  return look.begun ? 'agent' : 'queued';
}

function settleEarly(memory: RunMemory): void {
  for (const { answer, at } of memory.early)
    addUnused(memory, answer, at, 'the run ended without opening a gate of this id');
  memory.early = [];
}

function listTaken(memory: RunMemory, { taken }: GateRecord, now: number, reason: string): void {
  if (taken && !taken.timedOut) addUnused(memory, taken, now, reason);
}

function addUnused(memory: RunMemory, answer: GateAnswer, at: number, reason: string): void {
  if (memory.unused.length >= MOST_KEPT) return;
  const { gateId, by } = (answer ?? {}) as Partial<GateAnswer>;
  memory.unused.push({ gateId: String(gateId ?? ''), by: String(by ?? ''), at: iso(at), reason });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
