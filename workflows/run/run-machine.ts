/**
 * The state machine of an agent run and its gates: pure, deterministic, plain JSON, so that it can be carried over
 * continue-as-new and tested against a model. Time is given, in milliseconds of workflow time. The workflow
 * (agent-run.ts) only feeds it what happens and does what it asks for.
 */
import type { RunLook } from '../../activities';
import { type ClockState, enterPhase, type Phase, readClocks, startClocks } from './clocks';
import {
  type GateAnswer,
  type GateOutcome,
  type RunStart,
  type StartCandidate,
  TERMINAL_STATUSES,
} from '../../contract/run-contract';
import {
  type Asked,
  closeAnswered,
  closeGate,
  type GateBook,
  type GateRecord,
  listTaken,
  openGate,
  openGates,
  settleEarly,
  signalled,
  type TakenAnswer,
} from '../gates/gate-book';

export interface RunMemory extends GateBook {
  runId?: string;
  start?: RunStart;
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
    openGate(memory, asked, now - Math.min(look.changedAgoMs, Math.max(0, now - memory.clocks.since)), dueMs);
  }
  enterPhase(memory.clocks, phaseOf(memory, look), now, look.changedAgoMs);
  if (ended) settleEarly(memory);
}

/** An answer by signal: taken, kept until its gate opens, or listed as unused. */
export function takeSignal(memory: RunMemory, answer: GateAnswer, now: number): void {
  signalled(memory, answer, now, !isTerminal(memory.status));
}

/** The answer that was taken has reached Duvo. */
export function delivered(memory: RunMemory, record: GateRecord, now: number): void {
  const { taken } = record;
  if (!taken || record.gate.status === 'closed') return;
  closeAnswered(record, taken, now);
  memory.status = 'running';
  memory.seen = { status: 'running' };
  if (openGates(memory).length === 0) enterPhase(memory.clocks, 'agent', now);
}

/** Somebody else's answer was at Duvo before ours. */
export function overtaken(memory: RunMemory, record: GateRecord, now: number): void {
  listTaken(memory, record, now, 'the gate was answered elsewhere');
  closeGate(record, 'answered-elsewhere', now);
}

/** Duvo refused the answer for good: the gate is open as before. */
export function deliveryRefused(memory: RunMemory, record: GateRecord, now: number, reason: string): void {
  listTaken(memory, record, now, reason);
  delete record.taken;
}

/** A gate that the workflow opens itself, before there is a run: the time is people's. */
export function openOwn(memory: RunMemory, asked: Omit<Asked, 'source'>, now: number, dueMs?: number): void {
  enterPhase(memory.clocks, 'human', now);
  openGate(memory, { ...asked, source: 'process' }, now, dueMs);
}

/** An interrupted run was told to go on: it leaves its end, and may go on looking interrupted a while. */
export function resumed(memory: RunMemory, now: number): void {
  memory.resumed = (memory.resumed ?? 0) + 1;
  goOn(memory, now);
}

/** A completed run was told that its answer does not fit: it leaves its end in the same way. */
export function askedAgain(memory: RunMemory, now: number): void {
  memory.askedAgain = (memory.askedAgain ?? 0) + 1;
  goOn(memory, now);
}

function goOn(memory: RunMemory, now: number): void {
  memory.seen = { status: memory.status, endedAt: memory.endedAt ?? '' };
  memory.status = 'running';
  enterPhase(memory.clocks, 'agent', now);
}

/** The answer to a gate of the workflow's own, which waits for the run again. */
export function answeredOwn(memory: RunMemory, record: GateRecord, now: number): void {
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
  listTaken(memory, record, now, `the gate was closed: ${outcome}`);
  closeGate(record, outcome, now);
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

/**
 * Closes a gate that the run no longer waits at. An answer that was on its way and was not heard of again (the workflow
 * was cancelled meanwhile) is taken to have arrived, unless the run ended without one. An answer that had not left yet
 * cannot be the one that Duvo has.
 */
function closeUnseen(memory: RunMemory, record: GateRecord, outcome: GateOutcome, now: number): void {
  if (record.taken?.sent && outcome === 'answered-elsewhere') return closeAnswered(record, record.taken, now);
  listTaken(memory, record, now, `the gate was closed: ${outcome}`);
  closeGate(record, outcome, now);
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
