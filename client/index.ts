/** What an application calls. */
export { type BatchProgress, DuvoBatch } from './batches/batch';
export type { BatchSummary } from './batches/list-batches';
export type { BatchItemResult } from './batches/item-results';
export {
  type BatchOptions,
  type BatchSourceOptions,
  DuvoBatches,
  type DuvoBatchesOptions,
  type OnStored,
} from './batches/batches';
export { BatchItemError } from '../items/item-error';
export type { ItemFormat } from '../items/open-item-source';
export { type ItemSource, type ItemSourceOptions, readItems } from '../items/read-items';
export { BatchSourceError, type SourceErrorKind } from '../items/source-error';
export type { LocatedItem } from '../items/parse-item';
export { DuvoRun, type RunOutcome, type WaitOptions } from './runs/duvo-run';
export { DuvoRuns, type DuvoRunsOptions, type StartInput, type StartOptions } from './runs/duvo-runs';
export {
  DuvoRunError,
  GateError,
  InvalidInputError,
  NoWorkerError,
  RunInputDiffersError,
  RunNotFoundError,
  ScheduleConflictError,
  ScheduleNotFoundError,
  WaitTimeoutError,
  WorkflowConflictError,
} from './errors';
export type { ListRunsOptions, RunSummary } from './runs/list-runs-and-gates';
export type { StartPriority } from './priority';
export * from './schedules';
export type {
  AgentRunInput,
  AgentRunResult,
  SubmitAnswerResult,
  CancelOutcome,
  Gate,
  GateAnswer,
  GateSummary,
  RunClocks,
  RunState,
} from '../contract/run-contract';
export type { BatchResult, BatchSource, BatchTemplate } from '../contract/batch-contract';
