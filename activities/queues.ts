import type { DuvoClient } from '../duvo';
import { readActivity } from './resource-call';

/** Queues. */
export function createQueueActivities(client: DuvoClient) {
  return {
    getQueue: readActivity(client, 'queues.get'),
    listQueues: readActivity(client, 'queues.list'),
  };
}
