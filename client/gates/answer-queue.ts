import type { Client } from '@temporalio/client';
import pLimit, { type Limit } from 'p-limit';
import { WaitTimeoutError } from '../errors';

/** Temporal refuses an update of a workflow while 10 others are under way, and other clients may answer, too. */
const MAX_ANSWERS_UNDER_WAY = 8;

const queues = new WeakMap<Client, Map<string, Limit>>();

/**
 * Sends an answer as soon as few enough of the client's answers to the workflow are under way.
 *
 * @param deadline in milliseconds since the epoch
 * @throws WaitTimeoutError when the answer was not sent by the deadline
 */
export async function sendInTurn<T>(
  client: Client,
  workflowId: string,
  deadline: number,
  send: () => Promise<T>,
): Promise<T> {
  const ofClient = queues.get(client) ?? new Map<string, Limit>();
  queues.set(client, ofClient);
  const limit = ofClient.get(workflowId) ?? pLimit(MAX_ANSWERS_UNDER_WAY);
  ofClient.set(workflowId, limit);
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(notSentError(workflowId)), deadline - Date.now());
  });
  let isExpired = false;
  expired.catch(() => (isExpired = true));
  const sent = limit(() => {
    clearTimeout(timer);
    return isExpired ? expired : send();
  });
  try {
    return await Promise.race([sent, expired]);
  } finally {
    clearTimeout(timer);
    const release = () => {
      if (limit.activeCount + limit.pendingCount === 0) ofClient.delete(workflowId);
    };
    void sent.then(release, release);
  }
}

/** The error for an answer that waited for other answers to its workflow until its deadline. */
export function notSentError(workflowId: string): WaitTimeoutError {
  return new WaitTimeoutError(
    `the answer was not sent in time, because as many other answers to ${workflowId} are under way as Temporal allows: ` +
      'check that a worker is running, and answer again',
  );
}
