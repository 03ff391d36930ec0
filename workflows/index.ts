/**
 * The door for workflow code. Everything here is safe in a workflow bundle: no Node built-ins, no zod, no undici.
 *
 * A user's own workflow file re-exports `agentRun`, since `runAgent` starts it as a child:
 *
 *     export { agentRun } from 'duvo-temporal/workflows';
 */
export { agentRun } from './agent-run';
export {
  approval,
  type ApprovalInput,
  type ApprovalResult,
  questions,
  type QuestionsInput,
  type QuestionsResult,
} from './ask';
export { parallel, type ParallelOptions } from './parallel';
export { callTool } from './call-tool';
export { createCases } from './create-cases';
export { duvoActivities, type ResourceCalls, type ResourceOptions } from './resources';
export { runAgent } from './run-agent';
export { type CompensationReport, saga, type Undo } from './saga';
export { step } from './step';
export { within } from './within';
export { answerGate, gates, hint, runState, submitAnswer, unusedAnswers } from './inbox';
export * from './contract';
