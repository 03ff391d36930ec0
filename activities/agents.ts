import type { DuvoClient } from '../duvo';
import { changing, reading } from './resource-call';

/** Agents. */
export function createAgentActivities(client: DuvoClient) {
  return {
    createAgent: changing(client, 'agents.create'),
    getAgent: reading(client, 'agents.get'),
    listAgents: reading(client, 'agents.list'),
    listAgentSchedules: reading(client, 'agents.schedules'),
  };
}
