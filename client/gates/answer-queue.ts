import type { Client } from '@temporalio/client';
import pLimit, { type Limit } from 'p-limit';

/** Temporal refuses an update of a workflow while 10 others are under way, and other clients may answer, too. */
const MAX_ANSWERS_UNDER_WAY = 8;

const queues = new WeakMap<Client, Map<string, Limit>>();

/** Sends an answer as soon as few enough of the client's answers to the workflow are under way. */
export async function sendInTurn<T>(client: Client, workflowId: string, send: () => Promise<T>): Promise<T> {
  const ofClient = queues.get(client) ?? new Map<string, Limit>();
  queues.set(client, ofClient);
  const limit = ofClient.get(workflowId) ?? pLimit(MAX_ANSWERS_UNDER_WAY);
  ofClient.set(workflowId, limit);
  try {
    return await limit(send);
  } finally {
    if (limit.activeCount + limit.pendingCount === 0) ofClient.delete(workflowId);
  }
}
