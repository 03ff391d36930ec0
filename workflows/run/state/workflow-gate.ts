/** The gate of the workflow itself, before there is a run: a person decides about an ambiguous start. */
import {
  closeAnswered,
  type GateBook,
  type GateRecord,
  type GateRequest,
  type GateTerms,
  openGate,
} from '../../gates/gate-book';
import { type ClockState, enterPhase } from './run-clocks';

type ClockedGates = GateBook & { clocks: ClockState };

/** Opens a gate of the workflow itself, before there is a run. The time until the answer counts as people's time. */
export function openWorkflowGate(
  memory: ClockedGates,
  request: Omit<GateRequest, 'source'>,
  now: number,
  terms: GateTerms,
): void {
  enterPhase(memory.clocks, 'human', now);
  openGate(memory, { ...request, source: 'process' }, now, terms);
}

/** Applies the answer to a gate of the workflow itself. */
export function applyWorkflowGateAnswer(memory: ClockedGates, record: GateRecord, now: number): void {
  if (record.acceptedAnswer) closeAnswered(memory, record, record.acceptedAnswer, now);
  enterPhase(memory.clocks, 'queued', now);
}
