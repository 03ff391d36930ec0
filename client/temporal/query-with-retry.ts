import type { Client } from '@temporalio/client';
import { NoWorkerError } from '../errors';
import { countPollers } from './count-pollers';

/** The first try ends soon, so that a worker that is missing is told of soon; others are given more time. Milliseconds. */
const FIRST_ATTEMPT_TIMEOUT_MS = 3_000;
const MAX_ATTEMPT_TIMEOUT_MS = 30_000;
/** So long it is tried, when there are workers and none answers. Milliseconds. */
const QUERY_RETRY_TIMEOUT_MS = 60_000;
const RETRY_DELAY_MS = 200;

/** Of gRPC: deadline exceeded, resource exhausted, aborted, unavailable. */
const TRANSIENT_GRPC_CODES: readonly unknown[] = [4, 8, 10, 14];
/** So the end of a try shows, and so does that the caller breaks it off. */
const GRPC_CANCELLED = 1;

export interface QueryRetryOptions {
  /** Whether a worker is waited for, however long it takes. @default false */
  waitForWorker?: boolean;
}

/**
 * Asks a workflow by a query, which a worker answers. A worker that is busy, or a server that is, is no failure: it is asked
 * again.
 *
 * @throws NoWorkerError
 */
export async function queryWithRetry<T>(
  client: Client,
  workflowId: string,
  query: () => Promise<T>,
  { waitForWorker }: QueryRetryOptions = {},
): Promise<T> {
  const deadline = Date.now() + QUERY_RETRY_TIMEOUT_MS;
  for (
    let attemptTimeoutMs = FIRST_ATTEMPT_TIMEOUT_MS;
    ;
    attemptTimeoutMs = Math.min(MAX_ATTEMPT_TIMEOUT_MS, 3 * attemptTimeoutMs)
  ) {
    const attemptDeadline = Date.now() + attemptTimeoutMs;
    try {
      return await client.withDeadline(attemptDeadline, query);
    } catch (error) {
      const code = grpcCodeOf(error);
      if (!TRANSIENT_GRPC_CODES.includes(code) && !(code === GRPC_CANCELLED && Date.now() >= attemptDeadline))
        throw error;
    }
    if (!waitForWorker) {
      const { taskQueue } = await client.workflow.getHandle(workflowId).describe();
      const workerCount = await countPollers(client, client.options.namespace, taskQueue, 'workflows');
      if (workerCount === 0 || Date.now() >= deadline) throw new NoWorkerError(workflowId, taskQueue);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
  }
}

function grpcCodeOf(error: unknown): unknown {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return code ?? cause?.code;
}
