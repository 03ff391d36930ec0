import { ApplicationFailure, defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Gate, GateAnswer, SubmitAnswerResult, UnusedAnswer } from '../../contract/gates';
import { Queries, Signals, Updates } from '../../contract/names';

/** The messages of every workflow with gates: a run of an agent, or a user's own process. */
export const answerGate = defineSignal<[GateAnswer]>(Signals.answerGate);
export const submitAnswer = defineUpdate<SubmitAnswerResult, [GateAnswer]>(Updates.submitAnswer);
export const gates = defineQuery<Gate[]>(Queries.gates);
export const unusedAnswers = defineQuery<UnusedAnswer[]>(Queries.unusedAnswers);

export function answerRefusedFailure({ type, reason }: { type: string; reason: string }): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, type);
}
