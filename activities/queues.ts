import type { DuvoClient } from '../duvo';
import { reading } from './resource-call';

/** Queues. */
export function createQueueActivities(client: DuvoClient) {
  return {
    getQueue: reading(client, 'queues.get'),
    listQueues: reading(client, 'queues.list'),
  };
}
