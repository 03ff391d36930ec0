import type { ExtraFields, PageQuery } from './common';

export interface Queue {
  id: string;
  name: string;
  description?: string;
  createdAt?: string;
  /** Wire fields that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}

export interface QueuePage {
  queues: Queue[];
  total?: number;
  limit?: number;
  offset?: number;
}

export type CasePriority = 'none' | 'medium' | 'high';

export interface CaseLabel {
  /** @default '' */
  key?: string;
  value: string;
}

/** A piece of work for a queue. */
export interface NewCase {
  /** 1–500 characters. */
  title: string;
  /** Free text, or JSON text. */
  data?: string;
  /** At most 50. Duvo creates labels that the queue does not have. */
  labels?: CaseLabel[];
  /** @default 'none' (Duvo's) */
  priority?: CasePriority;
}

export interface CreateCasesInput {
  queueId: string;
  /** 1–100, created in this order. */
  cases: NewCase[];
  extraFields?: ExtraFields;
}

/** A case of a queue. Times are ISO 8601. */
export interface Case {
  id: string;
  queueId?: string;
  title: string;
  data?: string;
  /** `pending`, `completed` or `failed`. Other values are passed on unchanged. */
  status: string;
  /** `pending`, `in_progress`, `needs_input`, `postponed`, `completed`, `failed`, …: more detailed than `status`. */
  displayStatus?: string;
  priority?: string;
  labels: { id?: string; key?: string; value: string; unknownFields: Record<string, unknown> }[];
  claimedByRunId?: string;
  pendingHumanRequestId?: string;
  postponedTo?: string;
  createdAt?: string;
  updatedAt?: string;
  claimedAt?: string;
  completedAt?: string;
  /** Wire fields that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}

/** A case with its events. */
export interface CaseView {
  case: Case;
  /** In the wire form. */
  events: Record<string, unknown>[];
  /** In the wire form. */
  approvalBatches: Record<string, unknown>[];
}

export interface CasePage {
  cases: Case[];
  total?: number;
  limit?: number;
  offset?: number;
}

export interface ListCasesQuery extends PageQuery {
  queueId: string;
  status?: string;
  priority?: string;
  search?: string;
  /** ISO 8601. */
  createdFrom?: string;
  /** ISO 8601. */
  updatedFrom?: string;
}

/** A run that worked on a case. */
export interface CaseRun {
  id: string;
  agentId?: string;
  /** Normalised like {@link Run.status}. */
  status: string;
  createdAt?: string;
  startedAt?: string;
  completedAt?: string;
  claimedAt?: string;
  waitsForPerson?: boolean;
  /** Wire fields that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}
