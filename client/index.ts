/** What an application calls. */
export { type BatchProgress, DuvoBatch } from './batch';
export type { BatchSummary } from './batch-listing';
export type { BatchItemResult } from './batch-results';
export {
  type BatchOptions,
  type BatchSourceOptions,
  DuvoBatches,
  type DuvoBatchesOptions,
  type OnStored,
} from './batches';
export { BatchItemError } from '../batches/item-error';
export type { ItemFormat } from '../batches/items/open-source';
export { type ItemSource, type ItemSourceOptions, readItems } from '../batches/items/read-items';
export { BatchSourceError, type SourceProblem } from '../batches/items/source-error';
export type { ReadItem } from '../batches/items/text';
export { DuvoRun, type RunOutcome, type WaitOptions } from './duvo-run';
export { DuvoRuns, type DuvoRunsOptions, type StartInput, type StartOptions } from './duvo-runs';
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
export type { ListOptions, RunSummary } from './listing';
export type { StartPriority } from './priority';
export * from './schedules';
export type {
  AgentRunInput,
  AgentRunResult,
  AnswerVerdict,
  CancelVerdict,
  Gate,
  GateAnswer,
  GateSummary,
  RunClocks,
  RunState,
} from '../workflows/contract';
export type { BatchResult, BatchSource, BatchTemplate } from '../workflows/batches/contract';
