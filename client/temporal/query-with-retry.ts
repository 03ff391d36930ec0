import type { Client } from '@temporalio/client';
import { NoWorkerError, WorkflowTaskError } from '../errors';
import { countPollers } from './count-pollers';
import { grpcCode, GrpcCodes } from '../../temporal/grpc-code';
import { describeWorkflow } from '../../temporal/memo-reader';
import { findTaskFailure } from './task-failure';

/** The first attempt is short, so that a missing worker is reported soon. Each further attempt gets three times as long. */
const FIRST_ATTEMPT_TIMEOUT_MS = 3_000;
const MAX_ATTEMPT_TIMEOUT_MS = 30_000;
/** Time until the query fails although workers poll the task queue. */
const QUERY_RETRY_TIMEOUT_MS = 60_000;
const RETRY_DELAY_MS = 200;

const TRANSIENT_CODES: readonly unknown[] = [
  GrpcCodes.DEADLINE_EXCEEDED,
  GrpcCodes.RESOURCE_EXHAUSTED,
  GrpcCodes.ABORTED,
  GrpcCodes.UNAVAILABLE,
];

export interface QueryRetryOptions {
  /** Whether to wait without limit for a worker. @default false */
  waitForWorker?: boolean;
  /** The execution that is queried. @default the latest one of the workflow id */
  runId?: string;
}

/**
 * Queries a workflow, and retries while the server or the worker that answers is busy.
 *
 * @throws NoWorkerError when no worker polls the workflow's task queue, or none answers within a minute
 * @throws WorkflowTaskError when no worker can execute the workflow's task, such as one of an unknown workflow type
 */
export async function queryWithRetry<T>(
  client: Client,
  workflowId: string,
  query: () => Promise<T>,
  { waitForWorker, runId }: QueryRetryOptions = {},
): Promise<T> {
  const deadline = Date.now() + QUERY_RETRY_TIMEOUT_MS;
  let attemptTimeoutMs = FIRST_ATTEMPT_TIMEOUT_MS;
  for (;;) {
    const attemptDeadline = Date.now() + attemptTimeoutMs;
    let isWithoutPoller = false;
    try {
      return await client.withDeadline(attemptDeadline, query);
    } catch (error) {
      const code = grpcCode(error);
      // The server has one code for the end of an attempt's deadline and for a caller that aborts the call.
      const isAttemptTimeout = code === GrpcCodes.CANCELLED && Date.now() >= attemptDeadline;
      const isTransient = TRANSIENT_CODES.includes(code) || isAttemptTimeout;
      // FAILED_PRECONDITION: the task of the workflow fails, or its task queue had no poller for some time.
      if (!isTransient && code !== GrpcCodes.FAILED_PRECONDITION) throw error;
      const problem = await findTaskFailure(client, await describeWorkflow(client, workflowId, runId));
      if (problem !== undefined && !waitForWorker) throw new WorkflowTaskError(workflowId, problem);
      isWithoutPoller = !isTransient && problem === undefined && saysNoPoller(error);
      if (!isTransient && problem === undefined && !isWithoutPoller) throw error;
    }
    if (!waitForWorker) {
      const { taskQueue } = await describeWorkflow(client, workflowId, runId);
      const workerCount = await countPollers(client, client.options.namespace, taskQueue, 'workflows');
      if (isWithoutPoller || workerCount === 0 || Date.now() >= deadline)
        throw new NoWorkerError(workflowId, taskQueue);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
    attemptTimeoutMs = Math.min(MAX_ATTEMPT_TIMEOUT_MS, 3 * attemptTimeoutMs);
  }
}

/** Whether the server refuses the query because no worker polls. The server lists a poller that is gone for five more minutes. */
function saysNoPoller(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: { message?: unknown } };
  return /no poller seen/.test(String(cause?.message));
}
