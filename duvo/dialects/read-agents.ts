import type { Agent, AgentSchedule } from '../model';
import type { JsonObject } from '../operation';
import { optionalText } from './read';

export function toAgent(wire: JsonObject & { id: string }): Agent {
  const { id, name, team_id, created_at, updated_at, ...other } = wire;
  return {
    id,
    name: optionalText(name),
    teamId: optionalText(team_id),
    createdAt: optionalText(created_at),
    updatedAt: optionalText(updated_at),
    other,
  };
}

export function toAgentSchedule(wire: JsonObject & { id: string; enabled: boolean }): AgentSchedule {
  const { id, agent_id, enabled, frequency, cron, timezone, created_at, updated_at, ...other } = wire;
  return {
    id,
    agentId: optionalText(agent_id),
    enabled,
    frequency: optionalText(frequency),
    cron: optionalText(cron),
    timeZone: optionalText(timezone),
    createdAt: optionalText(created_at),
    updatedAt: optionalText(updated_at),
    other,
  };
}
