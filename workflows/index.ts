/**
 * The door for workflow code. Everything here is safe in a workflow bundle: no Node built-ins, no zod, no undici.
 *
 * A user's own workflow file must export `agentRun` again, because `runAgent` starts it as a child workflow, and
 * `settleNotifications` when a gate has `notify`:
 *
 *     export { agentRun, settleNotifications } from 'duvo-temporal/workflows';
 */
export { agentRun } from './run/agent-run';
export {
  approval,
  type ApprovalInput,
  type ApprovalResult,
  questions,
  type QuestionsInput,
  type QuestionsResult,
} from './process/approval-and-questions';
export { parallel, type ParallelOptions } from './process/parallel';
export { continueProcess } from './process/continue-process';
export { createCases } from './process/create-cases';
export { callTool, duvoActivities, type ResourceCalls, type ResourceOptions } from './process/resource-activities';
export { runAgent, type RunAgentOptions } from './process/run-agent';
export { settleNotifications } from './notifications/settle-notifications';
export { type CompensationReport, saga, type RegisterCompensation } from './process/saga';
export { stage } from './process/stage';
export { within } from './process/within';
export { answerGate, gates, receipts, submitAnswer, unusedAnswers } from './gates/messages';
export { extendGate, reassignGate, withdrawGate } from './gates/changes/handlers';
export { hint, runState } from './run/message-handlers';
export type { Duration } from '../contract/durations';
export { FailureTypes } from '../contract/failures';
export type * from '../contract/gates/gate-changes';
export type { BusinessCalendar, Weekday } from '../contract/gates/times/calendar';
export type { DueCalendar } from '../contract/gates/times/due-times';
export type { GateEscalation, GateReminder } from '../contract/gates/times/gate-clock';
export type { GateEvent } from '../contract/gates/gate-events';
export type { GateDecision, GatePolicy, GateTimeoutAction, RecordedPolicy } from '../contract/gates/gate-policy';
export type { GatePeople, GateSummary } from '../contract/gates/gate-summary';
export * from '../contract/gates/gates';
export type { GateNotification } from '../contract/gates/notifications';
export * from '../contract/gates/receipts';
export * from '../contract/names';
export type { AgentRunInput, OutputPolicy, PollInterval, ResumePolicy, WatchOptions } from '../contract/run-input';
export * from '../contract/runs';
