/**
 * The wire contract: the names and JSON shapes that clients in any language use, and that histories keep.
 *
 * What stands here is changed by addition only (docs/wire-contract.md). This file holds types and constants and imports
 * nothing at run time, so that a workflow bundle, a client and a simulator can all read it.
 */

/** A duration: milliseconds, or a string such as `'36h'`, `'90s'`, `'500ms'`. */
export type Duration = string | number;

/** The workflow type of one agent run. */
export const AGENT_RUN_WORKFLOW_TYPE = 'agentRun';

/** Task queue of workflows, and of a user's own activities. */
export const DEFAULT_TASK_QUEUE = 'duvo';

/** Task queue of the Duvo activities: one for each API key, whose server-side rate is the API's limit. */
export const DEFAULT_API_TASK_QUEUE = 'duvo-api';

export const Signals = { answerGate: 'answerGate', hint: 'hint' } as const;
export const Updates = { submitAnswer: 'submitAnswer' } as const;
/** `runState`: of a run; `unusedAnswers`: of a process that has gates of its own (a run has them in its state). */
export const Queries = { gates: 'gates', runState: 'runState', unusedAnswers: 'unusedAnswers' } as const;

/** Search attributes that `agentRun` sets, and a process those of its own gates: ids, numbers and times only, since they are never encrypted. */
export const SearchAttributes = {
  /** Keyword: the agent of the run. */
  agentId: 'DuvoAgentId',
  /** Keyword: Duvo's id of the run, once it is known. */
  runId: 'DuvoRunId',
  /** Int: how many gates of the workflow are open. */
  openGates: 'DuvoOpenGates',
  /** Datetime: when the first of the open gates is due; absent when none is. */
  gateDue: 'DuvoGateDue',
} as const;

/** Fields of the workflow's memo: for showing, never for finding. */
export const MemoKeys = {
  /** {@link GateSummary}[]: the open gates; valid while `DuvoOpenGates` is above 0. */
  gates: 'duvoGates',
  /** {@link CancelOutcome}: what came of a cancel. */
  cancel: 'duvoCancel',
  /** string: a digest of the input that a business key was started with (set by the client). */
  inputDigest: 'duvoInputDigest',
  /** string: the business key (set by the client). */
  key: 'duvoKey',
} as const;

/**
 * Failure types of the workflow and of its updates. Those of a single Duvo call (`Duvo.RateLimited`, …) are listed in
 * activities/failures.ts; a run that ends on one keeps its type.
 */
export const FailureTypes = {
  InvalidInput: 'Duvo.InvalidInput',
  RunFailed: 'Duvo.RunFailed',
  RunInterrupted: 'Duvo.RunInterrupted',
  RunCanceled: 'Duvo.RunCanceled',
  RunGone: 'Duvo.RunGone',
  RunDeadlineExceeded: 'Duvo.RunDeadlineExceeded',
  StartAmbiguous: 'Duvo.StartAmbiguous',
  OutputInvalid: 'Duvo.OutputInvalid',
  GateTimedOut: 'Duvo.GateTimedOut',
  GateUnknown: 'Duvo.GateUnknown',
  GateClosed: 'Duvo.GateClosed',
  AnswerInvalid: 'Duvo.AnswerInvalid',
  DeadlineExceeded: 'Duvo.DeadlineExceeded',
  CompensationFailed: 'Duvo.CompensationFailed',
} as const;

/** One step of a poll interval that follows the age of what is waited for. */
export interface PollInterval {
  /** The step holds until this age; the last step has none. */
  until?: Duration;
  /** Time between two polls. At least 100 ms. */
  every: Duration;
}

export interface WatchOptions {
  /** @default [{ until: '2m', every: '5s' }, { until: '15m', every: '30s' }, { every: '60s' }] */
  every?: PollInterval[];
  /**
   * Time between two polls while a gate is open, when only an answer in Duvo's own UI can change the run.
   * @default '60s', or the last step of `every` when that is slower
   */
  atGate?: Duration;
}

export interface GatePolicy {
  /** Time from the gate's opening until it is due. @default none */
  due?: Duration;
  /**
   * What happens when nobody has answered by then: `hold` keeps waiting; `deny` and `approve` answer an approval (a
   * question cannot be answered so: it fails); `fail` stops the run and fails with `Duvo.GateTimedOut`.
   * @default 'hold'
   */
  onTimeout?: 'hold' | 'deny' | 'approve' | 'fail';
}

/** An interrupted run is resumed by a message, so many times; then it fails. */
export interface ResumePolicy {
  /** 1–100. */
  times: number;
  /** @default 'Please continue.' */
  message?: string;
}

/** What the agent is to say: JSON that fits a schema. If it does not, the agent is asked again by a message. */
export interface OutputPolicy {
  /** A JSON Schema (2020-12, or by its `$schema` draft-06 or -07) of at most 50,000 characters. */
  schema: Record<string, unknown>;
  /** How often the agent may answer, 1–20. @default 3 */
  attempts?: number;
}

/** Input of the workflow `agentRun`: exactly one of `agentId` (start a run) and `runId` (attach to one). */
export interface AgentRunInput {
  agentId?: string;
  runId?: string;
  message?: string;
  sandboxId?: string;
  /** Names the start to Duvo, instead of a key made from the workflow's own ids. The same key is the same run. */
  key?: string;
  /** Time for queue and agent together; a person's time does not count. @default none */
  deadline?: Duration;
  watch?: WatchOptions;
  /** What happens to the Duvo run when the workflow is cancelled, or its deadline passes. @default 'stop' */
  onCancel?: 'stop' | 'abandon';
  gate?: GatePolicy;
  /** What happens when the run is interrupted. @default it fails with `Duvo.RunInterrupted` */
  resume?: ResumePolicy;
  /** Checks what the agent said last. When it fits, the result has it as `data`. @default not checked */
  output?: OutputPolicy;
  /** Receives the run's events from Duvo; http or https. */
  webhookUrl?: string;
  /** Further fields of the start's body, by their wire names; dialect `v1` only. */
  extraFields?: Record<string, unknown>;
  /** Task queue of the Duvo activities, for a worker whose `DUVO_API_TASK_QUEUE` is another one. @default 'duvo-api' */
  apiTaskQueue?: string;
}

export interface GateQuestion {
  question: string;
  header?: string;
  /** Absent or empty: free text. */
  options?: { label: string; description?: string }[];
  multiSelect?: boolean;
}

export type GateOutcome = 'approved' | 'denied' | 'answered' | 'answered-elsewhere' | 'timed-out' | 'withdrawn';

/** A question that a person must answer before the work goes on. Times are ISO 8601. */
export interface Gate {
  gateId: string;
  /** Workflow id and gate id in one string: what `gates answer` takes. */
  ref: string;
  /** Who asks: the agent, through Duvo, or the workflow itself. */
  source: 'duvo' | 'process';
  type: 'approval' | 'question';
  title: string;
  description?: string;
  questions?: GateQuestion[];
  openedAt: string;
  due?: string;
  status: 'open' | 'closed';
  outcome?: GateOutcome;
  by?: string;
  at?: string;
  via?: 'signal' | 'update';
  comment?: string;
}

/** What the memo shows of an open gate. `title` is cut at 200 characters. */
export type GateSummary = Pick<Gate, 'gateId' | 'ref' | 'source' | 'type' | 'title' | 'openedAt' | 'due'>;

/** Payload of the signal `answerGate` and of the update `submitAnswer`. */
export interface GateAnswer {
  gateId: string;
  /** For an approval. */
  approved?: boolean;
  /** For questions: by the question's text; several labels of a multi-select as a list. */
  answers?: Record<string, string | string[]>;
  /** Who answers, as the audit shall name them. */
  by: string;
  comment?: string;
}

/** Result of the update `submitAnswer`, after the delivery to Duvo. */
export interface SubmitAnswerResult {
  gateId: string;
  outcome: GateOutcome;
  at: string;
}

/** Payload of the signal `hint`: something may have changed, look at the run now. */
export interface Hint {
  /** Where the hint comes from, for the history's reader. */
  source?: string;
}

/**
 * Where the time went, in milliseconds: in Duvo's queue, with the agent, with people. Counted from the start of the
 * workflow.
 */
export interface RunClocks {
  queuedMs: number;
  agentMs: number;
  humanMs: number;
}

/** `confirmed`: seen to end as canceled; `already-finished`: it had ended before; `unconfirmed`: not seen to end. */
export type CancelOutcome = 'confirmed' | 'already-finished' | 'unconfirmed';

/** Normalised statuses of a run; others are carried through as Duvo gives them and are not terminal. */
export const TERMINAL_STATUSES = ['completed', 'failed', 'canceled', 'interrupted'] as const;

/** An answer by signal that was not used, and why. The answer's text is not kept. */
export interface UnusedAnswer {
  gateId: string;
  by: string;
  at: string;
  reason: string;
}

/**
 * How the run came to be: `adopted`: it was there, by a start whose answer was lost; `ambiguous`: whether the start was
 * made is not known, so that a second run may exist.
 */
export type RunOrigin = 'started' | 'attached' | 'adopted' | 'ambiguous';

/** Result of the query `runState`. */
export interface RunState {
  runId?: string;
  /** `starting` until the run is known; then normalised as Duvo gives it: `running`, `waiting`, `completed`, … */
  status: string;
  start?: RunOrigin;
  clocks: RunClocks;
  openGates: number;
  cancel?: CancelOutcome;
  unusedAnswers: UnusedAnswer[];
}

/** Result of the workflow `agentRun`. */
export interface AgentRunResult {
  runId: string;
  status: string;
  owner?: unknown;
  /** As Duvo gives it. */
  outcome?: unknown;
  /** What the agent said last; empty when it said nothing. */
  output: string;
  /** Set when `output` was cut to fit into a workflow's history. The whole text is with Duvo. */
  outputCut?: boolean;
  /** Failure type of the call when the run completed but what the agent said could not be read; `output` is empty. */
  outputError?: string;
  /** What the agent said as JSON, which fits `output.schema` of the input; absent without one. */
  data?: unknown;
  start: RunOrigin;
  /** How often the run was resumed after it had been interrupted; absent when it was not. */
  resumed?: number;
  gates: Gate[];
  clocks: RunClocks;
  unusedAnswers?: UnusedAnswer[];
}

/** A run that may be the one that was started. */
export interface StartCandidate {
  runId: string;
  status: string;
  createdAt?: string;
}

/** First of the details of the failures that end a run. */
export interface RunFailureDetails {
  runId?: string;
  gates: Gate[];
  clocks: RunClocks;
  /** Of `Duvo.OutputInvalid`: what is wrong with the last answer; paths and rules, no values. */
  problems?: string[];
  /** What came of stopping the Duvo run because of this failure; absent when that was not tried. */
  stopOutcome?: CancelOutcome;
}
