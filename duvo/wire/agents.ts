import type { Agent } from '../model';
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
