import type { ExtraFields } from './common';

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
  unknownFields: Record<string, unknown>;
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
  /** Fields of the wire that this model does not know, by their wire names; a `type` that it does not know among them. */
  unknownFields?: Record<string, unknown>;
}

/** One look at a run. */
export interface RunView {
  /** `null`: the run no longer exists. */
  run: Run | null;
  pendingRequest?: HumanRequest;
  /** Duvo's clock, from the HTTP `Date` header (whole seconds). */
  serverTime?: string;
}

/** Rows shift between pages while data changes: deduplicate by id. */
export interface RunPage {
  runs: Run[];
  total?: number;
  /** Duvo's clock, from the HTTP `Date` header (whole seconds). */
  serverTime?: string;
}

/** What to start. */
export interface StartRunInput {
  agentId: string;
  message?: string;
  /** A sandbox with files that were uploaded before. */
  sandboxId?: string;
  /** http(s); receives `human_request`, `run_completed`, `run_failed`, `run_interrupted`. */
  webhookUrl?: string;
  extraFields?: ExtraFields;
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
  /** Words in the run's title or messages. */
  search?: string;
  /** What started the run, as Duvo spells it. */
  source?: string;
}

/** What Duvo says of an answer that it took. */
export interface RespondResult {
  /** As Duvo gives it. */
  humanRequest?: Record<string, unknown>;
}

export interface StopResult {
  success: boolean;
  message?: string;
}

/** Spellings of a status, over all dialects, and what they are read as. Source: the table "Run statuses". */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ...['not_started', 'pending', 'starting', 'running', 'needs_attention', 'waiting'].map(
    (same) => [same, same] as const,
  ),
  ...['completed', 'failed', 'interrupted'].map((same) => [same, same] as const),
  ...['canceled', 'cancelled', 'stopped'].map((spelling) => [spelling, 'canceled'] as const),
]);

/**
 * The normalised status: `canceled` for every spelling of it, known statuses in lower case, unknown ones untouched (they
 * are not terminal, and must not crash a workflow).
 */
export function normaliseStatus(status: string): string {
  return STATUSES.get(status) ?? STATUSES.get(status.toLowerCase()) ?? status;
}
