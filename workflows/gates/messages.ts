import { ApplicationFailure, defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import {
  type Gate,
  type GateAnswer,
  type GatesQuery,
  MAX_GATES_PAGE_BYTES,
  type SubmitAnswerResult,
  type UnusedAnswer,
} from '../../contract/gates/gates';
import type { ReceiptsPage, ReceiptsQuery } from '../../contract/gates/receipts';
import { Queries, Signals, Updates } from '../../contract/names';
import { takeWithinBytes } from '../../contract/text/cut-text';
import type { GateBook } from './gate-types';

/** The messages of every workflow with gates: a run of an agent, or a user's own process. */
export const answerGate = defineSignal<[GateAnswer]>(Signals.answerGate);
export const submitAnswer = defineUpdate<SubmitAnswerResult, [GateAnswer]>(Updates.submitAnswer);
export const gates = defineQuery<Gate[], [GatesQuery?]>(Queries.gates);
export const receipts = defineQuery<ReceiptsPage, [ReceiptsQuery?]>(Queries.receipts);
export const unusedAnswers = defineQuery<UnusedAnswer[]>(Queries.unusedAnswers);

/** Returns a page of a workflow's gates, open and closed. */
export function readGatesPage(book: GateBook, { gateId, after }: GatesQuery = {}): Gate[] {
  const found = book.gates.map(({ gate }) => gate).filter((gate) => !gateId || gate.gateId === gateId);
  const rest = found.slice(found.findIndex((gate) => gate.gateId === after) + 1);
  const page = takeWithinBytes(rest, MAX_GATES_PAGE_BYTES);
  return page.length > 0 ? page : rest.slice(0, 1);
}

/** Returns the result of an answer that closed its gate, or that was counted at a gate which waits for more people. */
export function toSubmitResult(gate: Gate): SubmitAnswerResult {
  const { gateId, status, outcome, at, approvals, needed, delivery, decisions } = gate;
  return {
    gateId,
    status,
    ...(outcome && { outcome }),
    at: at ?? decisions?.at(-1)?.at ?? '',
    ...(needed !== undefined && { approvals, needed }),
    ...(delivery && { delivery }),
  };
}

export function answerRefusedFailure({ type, reason }: { type: string; reason: string }): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, type);
}
