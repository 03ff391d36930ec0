import type { ExtraFields } from './common';

export interface Agent {
  id: string;
  /** Absent when the dialect does not tell. */
  name?: string;
  teamId?: string;
  createdAt?: string;
  updatedAt?: string;
  /** Fields of the wire that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}

/** A schedule of Duvo's own, by which it starts runs of an agent without being asked. */
export interface AgentSchedule {
  id: string;
  agentId?: string;
  /** Whether it is switched on. */
  enabled: boolean;
  /** `hourly`, `daily`, `workday`, …, or `custom` with a `cron`; as Duvo gives it. */
  frequency?: string;
  cron?: string;
  timeZone?: string;
  createdAt?: string;
  updatedAt?: string;
  /** Fields of the wire that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}

/** What to create. */
export interface CreateAgentInput {
  name: string;
  /** A build to copy. */
  sourceBuildId?: string;
  /** The agent's first build, as Duvo takes it: `{name, config}`. */
  build?: Record<string, unknown>;
  extraFields?: ExtraFields;
}

export interface CreatedAgent {
  agent: Agent;
  /** As Duvo gives it. */
  build?: Record<string, unknown>;
}

/** Rows shift between pages while data changes: deduplicate by id. */
export interface AgentPage {
  agents: Agent[];
  total?: number;
  limit?: number;
  offset?: number;
}
