/** What an application calls. */
export { type BatchProgress, DuvoBatch } from './batch';
export type { BatchSummary } from './batch-listing';
export type { BatchItemResult } from './batch-results';
export { type BatchOptions, DuvoBatches, type DuvoBatchesOptions } from './batches';
export type { ItemFormat } from './items/open-source';
export { type ItemSource, type ItemSourceOptions, readItems } from './items/read-items';
export { BatchSourceError } from './items/source-error';
export type { ReadItem } from './items/text';
export { DuvoRun, type WaitOptions } from './duvo-run';
export { DuvoRuns, type DuvoRunsOptions, type StartInput, type StartOptions } from './duvo-runs';
export {
  BatchItemError,
  DuvoRunError,
  GateError,
  InvalidInputError,
  RunInputDiffersError,
  RunNotFoundError,
  ScheduleConflictError,
  ScheduleNotFoundError,
  WaitTimeoutError,
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
export type { BatchResult, BatchTemplate } from '../workflows/batches/contract';
