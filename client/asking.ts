import type { Client } from '@temporalio/client';
import { NoWorkerError } from './errors';
import { countPollers } from './pollers';

/** The first try ends soon, so that a worker that is missing is told of soon; others are given more time. Milliseconds. */
const FIRST_TRY = 3_000;
const LONGEST_TRY = 30_000;
/** So long it is tried, when there are workers and none answers. Milliseconds. */
const PATIENCE = 60_000;
const BETWEEN = 200;

/** Of gRPC: deadline exceeded, resource exhausted, aborted, unavailable. */
const PASSING: readonly unknown[] = [4, 8, 10, 14];
/** So the end of a try shows, and so does that the caller breaks it off. */
const CANCELLED = 1;

export interface Asking {
  /** Whether a worker is waited for, however long it takes. @default false */
  forGood?: boolean;
}

/**
 * Asks a workflow by a query, which a worker answers. A worker that is busy, or a server that is, is no failure: it is asked
 * again.
 *
 * @throws NoWorkerError
 */
export async function asked<T>(
  client: Client,
  workflowId: string,
  query: () => Promise<T>,
  { forGood }: Asking = {},
): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (let time = FIRST_TRY; ; time = Math.min(LONGEST_TRY, 3 * time)) {
    const tryEnd = Date.now() + time;
    try {
      return await client.withDeadline(tryEnd, query);
    } catch (error) {
      const code = codeOf(error);
      if (!PASSING.includes(code) && !(code === CANCELLED && Date.now() >= tryEnd)) throw error;
    }
    if (!forGood) {
      const { taskQueue } = await client.workflow.getHandle(workflowId).describe();
      const workers = await countPollers(client, client.options.namespace, taskQueue, 'workflows');
      if (workers === 0 || Date.now() >= end) throw new NoWorkerError(workflowId, taskQueue);
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN));
  }
}

function codeOf(error: unknown): unknown {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return code ?? cause?.code;
}
