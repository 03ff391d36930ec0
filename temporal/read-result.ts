import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { memoReader, type UnreadableValue } from './memo-reader';

type OneExecution = Pick<WorkflowExecutionDescription, 'workflowId' | 'runId'>;

/**
 * Reads the result of the one run that a description shows, and never of a later run of the workflow id. The result is a
 * marker (`isUnreadable`) when this client cannot decode it.
 *
 * @throws WorkflowFailedError
 */
export function readResultOf<T>(client: Client, { workflowId, runId }: OneExecution): Promise<T | UnreadableValue> {
  const handle = memoReader(client).getHandle(workflowId, runId, { followRuns: false });
  return handle.result() as Promise<T | UnreadableValue>;
}

/** Reads the error that {@link readResultOf} throws; `undefined` when the run has a result. */
export function readErrorOf(client: Client, execution: OneExecution): Promise<Error | undefined> {
  return readResultOf(client, execution).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

/**
 * Reads the failure of a run of a workflow; `undefined` when it has a result.
 *
 * @throws the error of a read that failed, which is no failure of the workflow
 */
export async function readFailureOf(client: Client, execution: OneExecution): Promise<Error | undefined> {
  const error = await readErrorOf(client, execution);
  if (error && error.name !== 'WorkflowFailedError') throw error;
  return error;
}
