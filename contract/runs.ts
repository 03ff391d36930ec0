/** The JSON shapes of an agent run: its input, its state and its result. */
import type { Duration } from './durations';
import type { Gate, GatePolicy, UnusedAnswer } from './gates';

/** One step of a poll interval that depends on the age of the run. */
export interface PollInterval {
  /** The step holds until the run has this age. The last step has none. */
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

/** An interrupted run is resumed by a message, at most `times` times. After that the run fails. */
export interface ResumePolicy {
  /** 1–100. */
  times: number;
  /** @default 'Please continue.' */
  message?: string;
}

/** The agent's last message must be JSON that fits a schema. If it does not fit, a message requests a valid one. */
export interface OutputPolicy {
  /** A JSON Schema of at most 50,000 characters: 2020-12, or draft-06 or -07 when `$schema` names one of them. */
  schema: Record<string, unknown>;
  /** How many messages of the agent are checked before the run fails, 1–20. @default 3 */
  attempts?: number;
}

/** Input of the workflow `agentRun`: exactly one of `agentId` (start a run) and `runId` (attach to a run). */
export interface AgentRunInput {
  agentId?: string;
  runId?: string;
  /** The first message to the agent. At most 1,000,000 bytes. */
  message?: string;
  sandboxId?: string;
  /** Idempotency key of the start. The same key gives the same run. @default a key made from the workflow's own ids */
  key?: string;
  /** Limit of the time in Duvo's queue and with the agent, together. The time of people does not count. @default none */
  deadline?: Duration;
  watch?: WatchOptions;
  /** What happens to the Duvo run when the workflow is cancelled, or its deadline passes. @default 'stop' */
  onCancel?: 'stop' | 'abandon';
  gate?: GatePolicy;
  /** What happens when the run is interrupted. @default the run fails with `Duvo.RunInterrupted` */
  resume?: ResumePolicy;
  /** Checks the agent's last message; `output` of the result is then its parsed value. @default not checked */
  output?: OutputPolicy;
  /** Receives the run's events from Duvo; http or https. */
  webhookUrl?: string;
  /** Further fields of the start's body, by their names in the API; dialect `v1` only. */
  extraFields?: Record<string, unknown>;
  /** Task queue of the Duvo activities, for a worker with another `DUVO_API_TASK_QUEUE`. @default 'duvo-api' */
  apiTaskQueue?: string;
}

/** Payload of the signal `hint`: the run may have changed and should be polled now. */
export interface Hint {
  /** Where the hint comes from, for the reader of the history. */
  source?: string;
}

/**
 * Time in Duvo's queue, time of the agent and time of people, in milliseconds. The clocks start with the workflow.
 */
export interface RunClocks {
  queuedMs: number;
  agentMs: number;
  humanMs: number;
}

/**
 * The outcome of cancelling a run. `confirmed`: Duvo showed the run as canceled. `already-finished`: the run had ended
 * before the cancellation. `unconfirmed`: the run was not seen to end.
 */
export type CancelOutcome = 'confirmed' | 'already-finished' | 'unconfirmed';

/** Duvo's statuses of a run that has ended. Other statuses are passed on as Duvo returns them. */
export const TERMINAL_STATUSES = ['completed', 'failed', 'canceled', 'interrupted'] as const;

/** Status of a run that Duvo does not know, or that the API key may not see. */
export const RUN_GONE = 'gone';

/** Whether a run of this status has ended. */
export function isTerminalStatus(status: string): boolean {
  return status === RUN_GONE || (TERMINAL_STATUSES as readonly string[]).includes(status);
}

/**
 * How the workflow came to its run. `adopted`: a start whose response was lost had created the run. `ambiguous`: it is
 * not known whether the start created a run, so a second run may exist.
 */
export type RunOrigin = 'started' | 'attached' | 'adopted' | 'ambiguous';

/** A run that an ambiguous start may have created. */
export interface StartCandidate {
  runId: string;
  status: string;
  createdAt?: string;
}

/** Result of the query `runState`. */
export interface RunState {
  runId?: string;
  /** Absent after attaching to a run whose agent Duvo does not name. */
  agentId?: string;
  /** When the workflow started, ISO 8601. */
  startedAt: string;
  /** `starting` until the run is known; then the normalised status: `running`, `waiting`, `completed`, … */
  status: string;
  start?: RunOrigin;
  clocks: RunClocks;
  openGates: number;
  cancel?: CancelOutcome;
  unusedAnswers: UnusedAnswer[];
}

/** Result of the workflow `agentRun`. `T` is the type of the JSON that `output.schema` of the input describes. */
export interface AgentRunResult<T = string> {
  runId: string;
  status: string;
  owner?: unknown;
  /** Duvo's outcome of the run, unchanged. */
  outcome?: unknown;
  /**
   * With an output schema in the input: the parsed JSON of the agent's last message. Without one: the text of the last
   * message, which is empty when the agent wrote none.
   */
  output: T;
  /** With an output schema in the input: the whole text of the agent's last message. */
  text?: string;
  /** Set when `output` was cut to fit into a workflow's history. Duvo has the whole text. */
  outputTruncated?: boolean;
  /** Failure type of the call when the run completed but its last message could not be read; `output` is then empty. */
  outputError?: string;
  start: RunOrigin;
  /** How many times the run was resumed after an interruption; absent when it was never resumed. */
  resumeCount?: number;
  gates: Gate[];
  clocks: RunClocks;
  unusedAnswers?: UnusedAnswer[];
}

/** The first of the details of the failures that end a run. */
export interface RunFailureDetails {
  runId?: string;
  /** Duvo's outcome of the run, unchanged. It may hold people's texts, so it must not be logged. */
  outcome?: unknown;
  /** The agent's last message, cut at 2,000 characters. It may hold people's texts, so it must not be logged. */
  lastMessage?: string;
  gates: Gate[];
  clocks: RunClocks;
  /** With `Duvo.OutputInvalid`: what is wrong with the last message; paths and rules, no values. */
  problems?: string[];
  /** The outcome of stopping the Duvo run because of this failure; absent when no stop was attempted. */
  stopOutcome?: CancelOutcome;
}
