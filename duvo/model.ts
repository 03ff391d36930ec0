/**
 * The normalised model: what the rest of the project sees of Duvo, whichever dialect is spoken on the wire. Times are
 * ISO 8601 strings as Duvo gives them.
 */

/** An agent run. `null` and absent optional fields of the wire are both `undefined` here. */
export interface Run {
  id: string;
  agentId?: string;
  /** Normalised, see {@link normaliseStatus}; an unknown status is carried as Duvo gives it. */
  status: string;
  createdAt?: string;
  startedAt?: string;
  completedAt?: string;
  updatedAt?: string;
  sandboxId?: string;
  /** How the run was initiated. */
  source?: string;
  /** As Duvo gives it. */
  owner?: unknown;
  /** As Duvo gives it. */
  outcome?: unknown;
  /** Fields of the wire that this model does not know, by their wire names. */
  other: Record<string, unknown>;
}

export interface HumanRequestQuestion {
  question: string;
  header?: string;
  /** Absent or empty: free text. */
  options?: { label: string; description?: string }[];
  multiSelect?: boolean;
}

/** What a run that is `waiting` asks of a person. */
export interface HumanRequest {
  id: string;
  /** A type that this model does not know is a `question` when it has questions, else an `approval`. */
  type: 'approval' | 'question';
  title: string;
  description?: string;
  questions?: HumanRequestQuestion[];
  createdAt?: string;
}

/** One look at a run. */
export interface RunView {
  /** `null`: the run no longer exists. */
  run: Run | null;
  pendingRequest?: HumanRequest;
  /** Duvo's clock, from the HTTP `Date` header (whole seconds). */
  serverTime?: string;
}

export interface Message {
  id: string;
  type?: string;
  /** `user`, `assistant`, `tool`, … */
  role?: string;
  timestamp?: string;
  text?: string;
  /** Fields of the wire that this model does not know (tool calls and results among them), by their wire names. */
  other: Record<string, unknown>;
}

/** Oldest message first. */
export interface MessagePage {
  messages: Message[];
  total?: number;
  limit: number;
  offset: number;
}

/** Rows shift between pages while data changes: deduplicate by id. */
export interface RunPage {
  runs: Run[];
  total?: number;
}

/** What to start. */
export interface StartRunInput {
  agentId: string;
  message?: string;
  /** A sandbox with files that were uploaded before. */
  sandboxId?: string;
  /** http(s); receives `human_request`, `run_completed`, `run_failed`, `run_interrupted`. */
  webhookUrl?: string;
}

/** `answers` by question text; several labels of a multi-select are joined by commas. */
export type HumanAnswer = { approved: boolean } | { answers: Record<string, string> };

export interface ListRunsQuery {
  /** 1–100. @default 20 (Duvo's) */
  limit?: number;
  /** @default 0 */
  offset?: number;
  /** As Duvo spells it. */
  status?: string;
  agentId?: string;
  /** ISO 8601: runs created since. */
  since?: string;
}

export interface ListMessagesQuery {
  /** 1–50. @default 20 */
  limit?: number;
  /** @default 0 */
  offset?: number;
}

export interface StopResult {
  success: boolean;
  message?: string;
}
