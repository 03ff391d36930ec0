import type { DuvoClient } from '../duvo';
import { mutationActivity, readActivity } from './resource-call';

/** Agents. */
export function createAgentActivities(client: DuvoClient) {
  return {
    createAgent: mutationActivity(client, 'agents.create'),
    getAgent: readActivity(client, 'agents.get'),
    listAgents: readActivity(client, 'agents.list'),
    listAgentSchedules: readActivity(client, 'agents.schedules'),
  };
}
