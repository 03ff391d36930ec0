import type { ExtraFields } from './common';

/** An agent run. `null` and absent optional fields of the wire are both `undefined` here. */
export interface Run {
  id: string;
  agentId?: string;
  /** Normalised by {@link normaliseStatus}. An unknown status is passed on unchanged. */
  status: string;
  createdAt?: string;
  startedAt?: string;
  completedAt?: string;
  updatedAt?: string;
  sandboxId?: string;
  /** How the run was initiated. */
  source?: string;
  /** In the wire form. */
  owner?: unknown;
  /** In the wire form. */
  outcome?: unknown;
  /** Wire fields that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}

export interface HumanRequestQuestion {
  question: string;
  header?: string;
  /** Absent or empty for a question with a free text answer. */
  options?: { label: string; description?: string }[];
  multiSelect?: boolean;
}

/** A request to a person, made by a run that is `waiting`. */
export interface HumanRequest {
  id: string;
  /** `unknown`: a wire type that this model does not know; it is in `unknownFields`. */
  type: 'approval' | 'question' | 'unknown';
  title: string;
  description?: string;
  questions?: HumanRequestQuestion[];
  createdAt?: string;
  /** Wire fields that this model does not know, by their wire names. An unknown `type` is one of them. */
  unknownFields?: Record<string, unknown>;
}

/** The state of a run at one time. */
export interface RunView {
  /** `null` when the run no longer exists. */
  run: Run | null;
  pendingRequest?: HumanRequest;
  /** Time of Duvo's clock, from the HTTP `Date` header (whole seconds). */
  serverTime?: string;
}

/** One page. Rows move between pages while data changes, so readers of several pages must deduplicate by id. */
export interface RunPage {
  runs: Run[];
  total?: number;
  /** Time of Duvo's clock, from the HTTP `Date` header (whole seconds). */
  serverTime?: string;
}

export interface StartRunInput {
  agentId: string;
  message?: string;
  /** The id of a sandbox with files that were uploaded before. */
  sandboxId?: string;
  /** http(s) URL that receives the events `human_request`, `run_completed`, `run_failed`, `run_interrupted`. */
  webhookUrl?: string;
  extraFields?: ExtraFields;
}

/** A person's answer. `answers` maps the text of each question to the answer; several labels of a multi-select are joined by commas. */
export type HumanAnswer = { approved: boolean } | { answers: Record<string, string> };

export interface ListRunsQuery {
  /** 1–100. @default 20 (Duvo's) */
  limit?: number;
  /** @default 0 */
  offset?: number;
  /** A status in Duvo's spelling. */
  status?: string;
  agentId?: string;
  /** ISO 8601 time. Selects runs that were created since then. */
  since?: string;
  /** Selects runs with these words in the title or the messages. */
  search?: string;
  /** What started the run, in Duvo's spelling. */
  source?: string;
}

/** Duvo's response to an accepted answer. */
export interface RespondResult {
  /** In the wire form. */
  humanRequest?: Record<string, unknown>;
}

export interface StopResult {
  success: boolean;
  message?: string;
}

/** Maps each spelling of a status, in all dialects, to the normalised status. Source: the table "Run statuses" of the API reference. */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ...['not_started', 'pending', 'starting', 'running', 'needs_attention', 'waiting'].map(
    (status) => [status, status] as const,
  ),
  ...['completed', 'failed', 'interrupted'].map((status) => [status, status] as const),
  ...['canceled', 'cancelled', 'stopped'].map((spelling) => [spelling, 'canceled'] as const),
]);

/**
 * Returns the normalised status: `canceled` for every spelling of it, other known statuses in lower case, and an unknown
 * status unchanged. An unknown status counts as not ended, and must not crash a workflow.
 */
export function normaliseStatus(status: string): string {
  return STATUSES.get(status) ?? STATUSES.get(status.toLowerCase()) ?? status;
}
