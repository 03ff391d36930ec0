import type { Agent, AgentSchedule } from '../model';
import type { JsonObject } from '../model/operation';
import { toOptionalString } from './parse-wire';

export function toAgent(wire: JsonObject & { id: string }): Agent {
  const { id, name, team_id, created_at, updated_at, ...unknownFields } = wire;
  return {
    id,
    name: toOptionalString(name),
    teamId: toOptionalString(team_id),
    createdAt: toOptionalString(created_at),
    updatedAt: toOptionalString(updated_at),
    unknownFields,
  };
}

export function toAgentSchedule(wire: JsonObject & { id: string; enabled: boolean }): AgentSchedule {
  const { id, agent_id, enabled, frequency, cron, timezone, created_at, updated_at, ...unknownFields } = wire;
  return {
    id,
    agentId: toOptionalString(agent_id),
    enabled,
    frequency: toOptionalString(frequency),
    cron: toOptionalString(cron),
    timeZone: toOptionalString(timezone),
    createdAt: toOptionalString(created_at),
    updatedAt: toOptionalString(updated_at),
    unknownFields,
  };
}
