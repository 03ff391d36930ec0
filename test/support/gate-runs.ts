import type { WorkflowHandle } from '@temporalio/client';
import type { GateAnswer, SubmitAnswerResult } from '../../contract/gates/gates';
import type { AgentRunResult, RunState } from '../../contract/runs';
import type { Scenario } from '../../testing';
import { failureOf } from './failures';
import type { Stack } from './stack';

/** A run that works, requests an approval, works and completes. */
export const APPROVAL: Scenario = {
  steps: [
    { status: 'running', polls: 1 },
    { ask: { type: 'approval', title: 'Pay 4711?', description: 'It is odd' } },
    { status: 'running', polls: 2 },
    { end: 'completed' },
  ],
  lastMessage: 'paid',
};
export const LEDGERS = {
  question: 'Which ledgers?',
  multi_select: true,
  options: [{ label: 'main' }, { label: 'side' }, { label: 'a,b' }],
};
export const FREE = { question: 'Why?' };
/** A run that asks two questions: a multi-select and one with a free text. */
export const QUESTIONS: Scenario = {
  steps: [{ ask: { type: 'question', title: 'Two things', questions: [LEDGERS, FREE] } }, { end: 'completed' }],
};

/** Starts runs of a scenario on a stack and answers their gates. */
export function gateRuns(getStack: () => Stack) {
  const submit = (handle: WorkflowHandle, answer: GateAnswer) =>
    handle.executeUpdate<SubmitAnswerResult, [GateAnswer]>('submitAnswer', { args: [answer] });
  return {
    startScenario: (agentId: string, scenario: Scenario, input: object = {}): Promise<WorkflowHandle> => {
      getStack().simulator.script(agentId, scenario);
      return getStack().start({ agentId, ...input });
    },
    submit,
    refusal: (handle: WorkflowHandle, answer: unknown) => failureOf(submit(handle, answer as GateAnswer)),
    result: (handle: WorkflowHandle) => handle.result() as Promise<AgentRunResult>,
    /** Returns the idempotency keys of the answers that Duvo received. A retry has the key of the first attempt. */
    responseKeys: ({ runId }: { runId: string }) => {
      const sent = getStack().simulator.ledger.filter(
        (entry) => entry.operation === 'respond' && entry.runId === runId,
      );
      return [...new Set(sent.map(({ idempotencyKey }) => idempotencyKey))];
    },
    duvoRunId: async (handle: WorkflowHandle) => (await handle.query<RunState>('runState')).runId ?? '',
  };
}
