import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { grpcCode, GrpcCodes } from '../../../temporal/grpc-code';

/** Returns the worker's client; `undefined` in a test that runs an activity without a server. */
export function temporalClient(): Client | undefined {
  try {
    return Context.current().client;
  } catch {
    return undefined;
  }
}

/**
 * Lists executions as the server returns them. The client of the SDK also decodes the memos, and a memo that was encoded
 * with another key would end the list with an error.
 */
export async function* listExecutions(
  { workflowService, options: { namespace } }: Client,
  query: string,
): AsyncGenerator<temporal.api.workflow.v1.IWorkflowExecutionInfo> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await workflowService.listWorkflowExecutions({
      namespace,
      query,
      ...(nextPageToken && { nextPageToken }),
    });
    yield* page.executions;
    ({ nextPageToken } = page);
  } while (nextPageToken?.length);
}

/** Whether the server has no visibility, as the time-skipping server has none. */
export function isUnimplemented(error: unknown): boolean {
  return grpcCode(error) === GrpcCodes.UNIMPLEMENTED;
}

/** Whether the server does not know the workflow, because its retention is over. */
export function isDeleted(error: unknown): boolean {
  return grpcCode(error) === GrpcCodes.NOT_FOUND;
}
