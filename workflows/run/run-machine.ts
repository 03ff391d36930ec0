/**
 * The state machine of an agent run and its gates. The code is pure and deterministic and the state is plain JSON, so
 * that continue-as-new can carry it and a test can compare it with a model. Time is an argument, in milliseconds of
 * workflow time. The workflow (agent-run.ts) applies events to the machine and does what the state requires.
 */
import type { RunSnapshot } from '../../activities';
import type { GateAnswer } from '../../contract/gates/gates';
import type { KnownFaults } from '../../contract/read-faults';
import {
  isTerminalStatus,
  type RunClocks,
  type RunOrigin,
  type RunStop,
  type StartCandidate,
} from '../../contract/runs';
import { markDeliveryStarted, mayHaveArrived } from '../gates/delivery-state';
import {
  type AnsweredGateRecord,
  applyAnswerSignal,
  closeAnswered,
  closeGate,
  closeUnconfirmed,
  type GateBook,
  type GateRecord,
  type GateTerms,
  listOpenGates,
  markAcceptedAnswerUnused,
  markEarlyAnswersUnused,
  removeAcceptedAnswer,
} from '../gates/gate-book';
import { startReceiptLog } from '../gates/receipt-log';
import { findUnseenGate, isUnseen, openUnseenGate } from '../gates/unseen-request';
import { applyMessageStart, applyPreviousEnd, type ReopenableRun } from './state/previous-end';
import { openGateOfRequest } from './state/shown-request';
import { applyReadToGates, hasMissingRequest, type ReadTerms } from './state/stale-gate';
import { type ClockState, enterPhase, type Phase, readClocks, startClocks } from './state/run-clocks';

export interface RunMemory extends GateBook, ReopenableRun {
  /** When the workflow started, in workflow time; continue-as-new does not change it. */
  startedAtMs: number;
  agentId?: string;
  runId?: string;
  start?: RunOrigin;
  /** The runs that an ambiguous start may have created, and the start's key, which continue-as-new would change. */
  ambiguousStart?: { candidates: StartCandidate[]; key: string };
  /** How many times the run was resumed after an interruption. */
  resumeCount?: number;
  /** How many times the agent was requested to send another last message, because the last one was not valid. */
  outputRetries?: number;
  owner?: unknown;
  outcome?: unknown;
  clocks: ClockState;
  /** Present while the workflow stops the run. */
  stopping?: RunStop;
  /** The faults of the polls since the run was read last. */
  fault?: KnownFaults;
  /** A hint has arrived, and the poll that it requests has no result yet. */
  isHinted?: true;
  /** Nothing more happens to the run in this workflow. */
  isClosed?: true;
}

/** @param chain the id of the chain of receipts */
export function newRunMemory(workflowId: string, now: number, agentId?: string, chain = workflowId): RunMemory {
  return {
    workflowId,
    startedAtMs: now,
    ...(agentId && { agentId }),
    status: 'starting',
    lastSeen: { status: 'starting' },
    gates: [],
    earlyAnswers: [],
    unusedAnswers: [],
    receipts: startReceiptLog(chain),
    clocks: startClocks(now),
  };
}

/** Returns the gate whose answer is to be delivered next. */
export function nextDelivery(memory: RunMemory): AnsweredGateRecord | undefined {
  return listOpenGates(memory).find((record): record is AnsweredGateRecord => record.acceptedAnswer !== undefined);
}

/** Records the id of a run that exists already. The state of the run is not known until the first poll. */
export function applyAttachment(memory: RunMemory, runId: string, start: 'attached' | 'adopted'): void {
  memory.start = start;
  memory.runId = runId;
  memory.lastSeen = { status: '' };
}

/** Applies a poll of the run. A poll never reopens a run that has ended or a gate that is closed. */
export function applyPolledRun(
  memory: RunMemory,
  polled: RunSnapshot,
  now: number,
  terms: GateTerms & ReadTerms = {},
): void {
  delete memory.fault;
  if (isTerminalStatus(memory.status)) return;
  if (applyPreviousEnd(memory, polled)) return;
  memory.runId ??= polled.runId;
  memory.agentId ??= polled.agentId;
  memory.status = polled.status;
  memory.lastSeen = { status: polled.status, ...(polled.request && { requestId: polled.request.id }) };
  if (polled.endedAt !== undefined) memory.endedAt = polled.endedAt;
  else delete memory.endedAt;
  if (polled.owner !== undefined) memory.owner = polled.owner;
  if (polled.outcome !== undefined) memory.outcome = polled.outcome;
  const hasEnded = isTerminalStatus(polled.status);
  // The agent may have started, and changed its state again, since the last poll.
  if (memory.clocks.phase === 'queued' && polled.startedAgoMs !== undefined)
    enterPhase(memory.clocks, 'agent', now, polled.startedAgoMs);
  const requestId = hasEnded ? undefined : (polled.request?.id ?? findUnseenGate(memory, polled.status)?.gate.gateId);
  const missingForMs = applyReadToGates(memory, polled, requestId, now, terms);
  // The watch returns whatever the next read shows, because that read decides about the missing request.
  if (hasMissingRequest(memory)) memory.lastSeen = { status: '' };
  if (polled.request && requestId) {
    const phaseAgeMs = Math.max(0, now - memory.clocks.phaseStartedAtMs);
    const openedAt = now - Math.min(polled.changedAgoMs, phaseAgeMs);
    openGateOfRequest(memory, polled.request, now, { openedAt, ...terms });
  }
  if (polled.isRequestMissing && !findUnseenGate(memory, polled.status))
    openUnseenGate(memory, polled.runId, now, terms);
  enterPhase(memory.clocks, phaseOf(memory, polled), now, Math.max(polled.changedAgoMs, missingForMs));
}

/** Applies an answer by signal. A run that has ended may open gates again, because a message may resume it. */
export function applyAnswerSignalToRun(memory: RunMemory, answer: GateAnswer, now: number): void {
  applyAnswerSignal(memory, answer, now, !memory.isClosed);
}

/** Records that a delivery starts. Duvo may have the answer from this moment, so the time counts as the agent's. */
export function applyDeliveryStart(memory: RunMemory, record: GateRecord, now: number): void {
  markDeliveryStarted(record);
  enterPhase(memory.clocks, 'agent', now);
}

/** Records that Duvo has received the accepted answer. */
export function applyDelivery(memory: RunMemory, record: GateRecord, now: number): void {
  const { acceptedAnswer } = record;
  if (!acceptedAnswer || record.gate.status === 'closed') return;
  record.acceptedByDuvoAtMs = now;
  closeAnswered(memory, record, acceptedAnswer, now);
  memory.status = 'running';
  memory.lastSeen = { status: 'running' };
  if (listOpenGates(memory).length === 0) enterPhase(memory.clocks, 'agent', now);
}

/** Records that Duvo had an answer of somebody else before ours. */
export function applyAnsweredElsewhere(memory: RunMemory, record: GateRecord, now: number): void {
  markAcceptedAnswerUnused(memory, record, now, 'the gate was answered elsewhere');
  closeGate(memory, record, 'answered-elsewhere', now);
  expectChange(memory);
}

/** Records that Duvo does not show whether it received our answer: the run has ended, or Duvo has some answer. */
export function applyUnconfirmedDelivery(
  memory: RunMemory,
  record: GateRecord,
  now: number,
  outcome: 'withdrawn' | 'answered-elsewhere' | 'timed-out' = 'withdrawn',
): void {
  closeUnconfirmed(memory, record, outcome, now);
  expectChange(memory);
  if (listOpenGates(memory).length === 0) enterPhase(memory.clocks, 'agent', now);
}

/** Records that a delivery failed and that Duvo does not have the answer. The gate accepts another answer. */
export function applyDeliveryRefusal(memory: RunMemory, record: GateRecord, now: number, reason: string): void {
  markAcceptedAnswerUnused(memory, record, now, reason);
  removeAcceptedAnswer(record);
  record.refusedDeliveries = (record.refusedDeliveries ?? 0) + 1;
  enterPhase(memory.clocks, 'human', now);
}

/** Applies the message that resumes an interrupted run. Duvo may show the run as interrupted for some time. */
export function applyResume(memory: RunMemory, now: number): void {
  memory.resumeCount = (memory.resumeCount ?? 0) + 1;
  reopenRun(memory, now);
}

/** Applies the message that requests a valid last message. Duvo may show the run as completed for some time. */
export function applyOutputRetry(memory: RunMemory, now: number): void {
  memory.outputRetries = (memory.outputRetries ?? 0) + 1;
  reopenRun(memory, now);
}

function reopenRun(memory: RunMemory, now: number): void {
  applyMessageStart(memory, now);
  delete memory.outcome;
  memory.status = 'running';
  enterPhase(memory.clocks, 'agent', now);
}

/** Closes a gate that nobody can answer any more. */
export function closeUnanswered(
  memory: RunMemory,
  record: GateRecord,
  outcome: 'timed-out' | 'withdrawn',
  now: number,
): void {
  markAcceptedAnswerUnused(memory, record, now, `the gate was closed: ${outcome}`);
  closeGate(memory, record, outcome, now);
  expectChange(memory);
  if (listOpenGates(memory).length === 0) enterPhase(memory.clocks, 'agent', now);
}

/** Makes the watch return what the next poll shows, also when it still shows the request of a gate that was closed. */
function expectChange(memory: RunMemory): void {
  memory.lastSeen = { status: '' };
}

/** Closes a gate that is open when the workflow ends. */
export function closeAtEnd(memory: RunMemory, record: GateRecord, now: number): void {
  const isPolicys = record.mayBeDeniedByStop && record.acceptedAnswer?.timedOut;
  if (mayHaveArrived(record) || record.mayBeDeniedByStop)
    applyUnconfirmedDelivery(memory, record, now, isPolicys ? 'timed-out' : 'withdrawn');
  else closeUnanswered(memory, record, 'withdrawn', now);
}

/** Stops the clocks, and lists early answers as unused, because their gates will not be opened any more. */
export function applyRunEnd(memory: RunMemory, now: number): void {
  memory.isClosed = true;
  enterPhase(memory.clocks, 'done', now);
  markEarlyAnswersUnused(memory);
}

export function clocksAt(memory: RunMemory, now: number): RunClocks {
  return readClocks(memory.clocks, now);
}

function phaseOf(memory: RunMemory, polled: RunSnapshot): Phase {
  if (isTerminalStatus(polled.status)) return 'done';
  // Nobody can answer what Duvo does not show, so the time counts against the deadline.
  const open = listOpenGates(memory).filter((record) => !isUnseen(record));
  if (open.some(({ acceptedAnswer }) => !acceptedAnswer?.deliveryStarted)) return 'human';
  if (open.length > 0) return 'agent';
  // Duvo may still show a request that was answered a moment ago. The run does not wait for a person then.
  return polled.hasStarted ? 'agent' : 'queued';
}
