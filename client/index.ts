/** The client for applications. */
export { DuvoBatch } from './batches/batch';
export type { BatchProgress } from './batches/batch-progress';
export type { BatchSummary, ListBatchesOptions } from './batches/list-batches';
export {
  findUnfilledBatches,
  type UnansweredBatch,
  type UnfilledBatch,
  type UnfilledSearch,
} from './batches/find-unfilled';
export type { BatchItemResult } from './batches/item-results';
export type { BatchesClient, BatchOptions, BatchSourceOptions } from './batches/batches-client';
export { batchWorkflowId } from './batches/open-batch';
export type { OnStored } from './batches/fill-batch';
export { BatchItemError } from '../items/errors/item-error';
export type { ItemSource } from '../items/sources/open-source';
export type { SourceAccess } from '../items/sources/source-access';
export type { ItemFormat } from '../items/sources/source-format';
export { type ItemSourceOptions, readItems } from '../items/read-items';
export { BatchSourceError, type SourceErrorKind } from '../items/errors/source-error';
export type { LocatedItem } from '../items/formats/parse-item';
export { DuvoWorkflows } from './duvo-workflows';
export type { GatesClient } from './gates/gates-client';
export type { ListGatesOptions } from './gates/list-gates';
export type { ReceiptsOptions } from './gates/receipts';
export type { ExportedReceipt } from '../contract/gates/receipts';
export { DuvoProcess, type ProcessDescription } from './processes/duvo-process';
export type { ListProcessesOptions, ProcessSummary } from './processes/list-processes';
export type { ProcessesClient, ProcessStartOptions } from './processes/processes-client';
export { DuvoRun, type RunDescription } from './runs/duvo-run';
export type { AttachInput, RunsClient, StartInput } from './runs/runs-client';
export {
  BatchNotFoundError,
  DuvoBatchError,
  DuvoProcessError,
  DuvoRunError,
  GateError,
  InvalidInputError,
  KeyConflictError,
  NoWorkerError,
  ProcessNotFoundError,
  RunNotFoundError,
  ScheduleConflictError,
  ScheduleNotFoundError,
  WaitTimeoutError,
  NothingToRedriveError,
  WorkflowConflictError,
  WorkflowTaskError,
} from './errors';
export type { ListRunsOptions, RunSummary } from './runs/list-runs';
export type { ReadFault } from '../contract/read-faults';
export type { StartOptions, StartPriority, TaskQueueOptions as DuvoWorkflowsOptions } from './temporal/start-options';
export * from './schedules';
export type { AgentRunInput } from '../contract/run-input';
export type { AgentRunResult, CancelOutcome, RunClocks, RunState, RunStop } from '../contract/runs';
export type { ChangeGateResult, GateExtension, GateReassignment, GateWithdrawal } from '../contract/gates/gate-changes';
export type { BusinessCalendar } from '../contract/gates/times/calendar';
export type { DueCalendar } from '../contract/gates/times/due-times';
export type { GateEscalation, GateReminder } from '../contract/gates/times/gate-clock';
export type { GateEvent } from '../contract/gates/gate-events';
export type { GateDecision, GatePolicy, RecordedPolicy } from '../contract/gates/gate-policy';
export type { GateOrigin, GatePeople, GateSummary, ListedGate } from '../contract/gates/gate-summary';
export type { SubmitAnswerResult, Gate, GateAnswer } from '../contract/gates/gates';
export type { GateNotification } from '../contract/gates/notifications';
export type { BatchResult, BatchSource, BatchTemplate } from '../contract/batches/batch-contract';
export { describeWorkflow, readMemo } from '../temporal/memo-reader';
export { findTaskFailure } from './temporal/task-failure';
export { countPollers } from './temporal/count-pollers';
export { mergeDefinition } from './schedules/merge-definition';
export type { WorkflowStatus } from './temporal/visibility';
export { quoteQueryText } from '../temporal/query-text';
export { type WaitOptions, withTimeout } from './temporal/with-timeout';
export { PACKAGE_WORKFLOW_TYPES } from './temporal/typed-workflow';
