/**
 * The state machine of an agent run and its gates: pure, deterministic, plain JSON, so that it can be carried over
 * continue-as-new and tested against a model. Time is given, in milliseconds of workflow time. The workflow
 * (agent-run.ts) only feeds it what happens and does what it asks for.
 */
import type { RunSnapshot } from '../../activities';
import { type ClockState, enterPhase, type Phase, readClocks, startClocks } from './run-clocks';
import type { GateAnswer, GateOutcome } from '../../contract/gates';
import { isTerminalStatus, type RunOrigin, type StartCandidate } from '../../contract/runs';
import {
  type GateRequest,
  closeAnswered,
  closeGate,
  type GateBook,
  type GateRecord,
  markAcceptedAnswerUnused,
  openGate,
  listOpenGates,
  markEarlyAnswersUnused,
  applyAnswerSignal,
  type AcceptedAnswer,
} from '../gates/gate-book';

export interface RunMemory extends GateBook {
  runId?: string;
  start?: RunOrigin;
  /** What an ambiguous start may have made, and its key: continue-as-new would make another one. */
  ambiguous?: { candidates: StartCandidate[]; key: string };
  status: string;
  /** What the watch is to compare with: what Duvo showed last, or must show after what we did. */
  seen: { status: string; requestId?: string; endedAt?: string };
  /** How often the run was resumed. */
  resumed?: number;
  /** How often the agent was asked again for what it said. */
  askedAgain?: number;
  owner?: unknown;
  outcome?: unknown;
  /** When the run ended, by Duvo's clock. */
  endedAt?: string;
  clocks: ClockState;
}

export function newRunMemory(workflowId: string, now: number): RunMemory {
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

/** The gate whose answer is to be delivered next. */
export function nextDelivery(memory: RunMemory): (GateRecord & { taken: AcceptedAnswer }) | undefined {
  return listOpenGates(memory).find(
    (record): record is GateRecord & { taken: AcceptedAnswer } => record.taken !== undefined,
  );
}

/** Takes in what a look at the run saw, whoever made it look. A look never undoes the end of a run or of a gate. */
export function applyPolledRun(memory: RunMemory, polled: RunSnapshot, now: number, dueMs?: number): void {
  if (isTerminalStatus(memory.status) || isPreviousEnd(memory, polled)) return;
  memory.runId ??= polled.runId;
  memory.status = polled.status;
  memory.seen = { status: polled.status, ...(polled.request && { requestId: polled.request.id }) };
  if (polled.endedAt !== undefined) memory.endedAt = polled.endedAt;
  else delete memory.endedAt;
  if (polled.owner !== undefined) memory.owner = polled.owner;
  if (polled.outcome !== undefined) memory.outcome = polled.outcome;
  const ended = isTerminalStatus(polled.status);
  // The agent may have begun, and more, since the last look.
  if (memory.clocks.phase === 'queued' && polled.begunAgoMs !== undefined)
    enterPhase(memory.clocks, 'agent', now, polled.begunAgoMs);
  const requestId = ended ? undefined : polled.request?.id;
  for (const record of listOpenGates(memory)) {
    if (record.gate.source === 'duvo' && record.gate.gateId !== requestId)
      closeStaleGate(memory, record, staleGateOutcome(polled.status), now);
  }
  if (polled.request && requestId && !memory.gates.some(({ gate }) => gate.gateId === requestId)) {
    const { id, ...request } = polled.request;
    const gateRequest = { ...request, gateId: id, source: 'duvo' as const };
    openGate(memory, gateRequest, now - Math.min(polled.changedAgoMs, Math.max(0, now - memory.clocks.since)), dueMs);
  }
  enterPhase(memory.clocks, phaseOf(memory, polled), now, polled.changedAgoMs);
  if (ended) markEarlyAnswersUnused(memory);
}

/** An answer by signal: taken, kept until its gate opens, or listed as unused. */
export function applyAnswerSignalToRun(memory: RunMemory, answer: GateAnswer, now: number): void {
  applyAnswerSignal(memory, answer, now, !isTerminalStatus(memory.status));
}

/** The answer that was taken has reached Duvo. */
export function applyDelivery(memory: RunMemory, record: GateRecord, now: number): void {
  const { taken } = record;
  if (!taken || record.gate.status === 'closed') return;
  closeAnswered(record, taken, now);
  memory.status = 'running';
  memory.seen = { status: 'running' };
  if (listOpenGates(memory).length === 0) enterPhase(memory.clocks, 'agent', now);
}

/** Somebody else's answer was at Duvo before ours. */
export function applyAnsweredElsewhere(memory: RunMemory, record: GateRecord, now: number): void {
  markAcceptedAnswerUnused(memory, record, now, 'the gate was answered elsewhere');
  closeGate(record, 'answered-elsewhere', now);
}

/** Duvo refused the answer for good: the gate is open as before. */
export function applyDeliveryRefusal(memory: RunMemory, record: GateRecord, now: number, reason: string): void {
  markAcceptedAnswerUnused(memory, record, now, reason);
  delete record.taken;
}

/** A gate that the workflow opens itself, before there is a run: the time is people's. */
export function openWorkflowGate(
  memory: RunMemory,
  request: Omit<GateRequest, 'source'>,
  now: number,
  dueMs?: number,
): void {
  enterPhase(memory.clocks, 'human', now);
  openGate(memory, { ...request, source: 'process' }, now, dueMs);
}

/** An interrupted run was told to go on: it leaves its end, and may go on looking interrupted a while. */
export function applyResume(memory: RunMemory, now: number): void {
  memory.resumed = (memory.resumed ?? 0) + 1;
  reopenRun(memory, now);
}

/** A completed run was told that its answer does not fit: it leaves its end in the same way. */
export function applyOutputRetry(memory: RunMemory, now: number): void {
  memory.askedAgain = (memory.askedAgain ?? 0) + 1;
  reopenRun(memory, now);
}

function reopenRun(memory: RunMemory, now: number): void {
  memory.seen = { status: memory.status, endedAt: memory.endedAt ?? '' };
  memory.status = 'running';
  enterPhase(memory.clocks, 'agent', now);
}

/** The answer to a gate of the workflow's own, which waits for the run again. */
export function applyWorkflowGateAnswer(memory: RunMemory, record: GateRecord, now: number): void {
  if (record.taken) closeAnswered(record, record.taken, now);
  enterPhase(memory.clocks, 'queued', now);
}

/** Closes a gate without an answer: nobody can give one any more. */
export function closeUnanswered(
  memory: RunMemory,
  record: GateRecord,
  outcome: 'timed-out' | 'withdrawn',
  now: number,
): void {
  markAcceptedAnswerUnused(memory, record, now, `the gate was closed: ${outcome}`);
  closeGate(record, outcome, now);
  if (listOpenGates(memory).length === 0) enterPhase(memory.clocks, 'agent', now);
}

/** Stops the clocks; early answers that no gate came for are listed as unused. */
export function applyRunEnd(memory: RunMemory, now: number): void {
  enterPhase(memory.clocks, 'done', now);
  markEarlyAnswersUnused(memory);
}

export function clocksAt(memory: RunMemory, now: number) {
  return readClocks(memory.clocks, now);
}

/**
 * Closes a gate that the run no longer waits at. An answer that was on its way and was not heard of again (the workflow
 * was cancelled meanwhile) is taken to have arrived, unless the run ended without one. An answer that had not left yet
 * cannot be the one that Duvo has.
 */
function closeStaleGate(memory: RunMemory, record: GateRecord, outcome: GateOutcome, now: number): void {
  if (record.taken?.sent && outcome === 'answered-elsewhere') return closeAnswered(record, record.taken, now);
  markAcceptedAnswerUnused(memory, record, now, `the gate was closed: ${outcome}`);
  closeGate(record, outcome, now);
}

/** What became of an open gate when the run no longer waits on it: it went on, or it ended without an answer. */
function staleGateOutcome(status: string): GateOutcome {
  return isTerminalStatus(status) && status !== 'completed' ? 'withdrawn' : 'answered-elsewhere';
}

/** Whether a look shows the end that the run was resumed from. */
function isPreviousEnd({ seen }: RunMemory, look: RunSnapshot): boolean {
  return seen.endedAt !== undefined && look.status === seen.status && (look.endedAt ?? '') === seen.endedAt;
}

function phaseOf(memory: RunMemory, look: RunSnapshot): Phase {
  if (isTerminalStatus(look.status)) return 'done';
  if (listOpenGates(memory).length > 0) return 'human';
  // Duvo may still show a request that was answered a moment ago: nobody is waited for.
  if (look.status === 'waiting' && !look.request) return 'human';
  return look.begun ? 'agent' : 'queued';
}
