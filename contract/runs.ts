/** The JSON shapes of an agent run: its state and its result. */
import type { Gate, UnusedAnswer } from './gates/gates';
import type { ReadFault } from './read-faults';

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

/** Whether the run is certain to have ended, by the stop or before it. */
export function isStopConfirmed(outcome: CancelOutcome | undefined): boolean {
  return outcome === 'confirmed' || outcome === 'already-finished';
}

/** Duvo's statuses of a run that has ended. Other statuses are passed on as Duvo returns them. */
export const TERMINAL_STATUSES = ['completed', 'failed', 'canceled', 'interrupted'] as const;

/** Duvo's statuses of a run whose agent has not started to work. */
export const QUEUED_STATUSES = ['not_started', 'pending', 'queued', 'starting', 'created'] as const;

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

/** The workflow stops the run in Duvo, because of a cancellation, a deadline or a gate's policy. */
export interface RunStop {
  /** When the workflow began to stop the run, ISO 8601. */
  since: string;
  /**
   * The status that the run must leave before it can be stopped: Duvo ignores a stop while the run is queued, or needs
   * attention in Duvo. Absent while the workflow does not wait for that.
   */
  waitsWhile?: string;
  /** When the workflow ends with `unconfirmed` if the run is still in that status, ISO 8601. */
  until?: string;
}

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
  /** Why the run cannot be read at present; absent while it can be read. */
  fault?: ReadFault;
  /** Present while the workflow stops the run. */
  stopping?: RunStop;
  cancel?: CancelOutcome;
  unusedAnswers: UnusedAnswer[];
  /** Number of unused answers that are not listed; absent when there is none. */
  omittedAnswers?: number;
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
  /** Number of the oldest gates that are not in `gates`, because a result has a limit; absent when there is none. */
  omittedGates?: number;
  clocks: RunClocks;
  unusedAnswers?: UnusedAnswer[];
  /** Number of unused answers that are not listed, because a result has a limit; absent when there is none. */
  omittedAnswers?: number;
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
