import type { ExtraFields } from './common';

export interface Agent {
  id: string;
  /** Absent when the response of the dialect has no name. */
  name?: string;
  teamId?: string;
  createdAt?: string;
  updatedAt?: string;
  /** Wire fields that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}

/** A schedule inside Duvo, which starts runs of an agent by itself. */
export interface AgentSchedule {
  id: string;
  agentId?: string;
  /** Whether the schedule is switched on. */
  enabled: boolean;
  /** `hourly`, `daily`, `workday`, …, or `custom` with a `cron`. Other values are passed on unchanged. */
  frequency?: string;
  cron?: string;
  timeZone?: string;
  createdAt?: string;
  updatedAt?: string;
  /** Wire fields that this model does not know, by their wire names. */
  unknownFields: Record<string, unknown>;
}

export interface CreateAgentInput {
  name: string;
  /** The id of a build to copy. */
  sourceBuildId?: string;
  /** The agent's first build in the wire form: `{name, config}`. */
  build?: Record<string, unknown>;
  extraFields?: ExtraFields;
}

export interface CreatedAgent {
  agent: Agent;
  /** In the wire form. */
  build?: Record<string, unknown>;
}

/** One page. Rows move between pages while data changes, so readers of several pages must deduplicate by id. */
export interface AgentPage {
  agents: Agent[];
  total?: number;
  limit?: number;
  offset?: number;
}
