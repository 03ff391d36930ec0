import type { WorkflowExecutionDescription } from '@temporalio/client';
import { MemoKeys } from '../../contract/names';
import { WorkflowConflictError } from '../errors';
import { hasMemo, readMemo } from '../../temporal/memo-reader';

/**
 * Whether a workflow was started with the input that has this digest.
 *
 * @throws WorkflowConflictError when this client cannot decode the digest of the workflow's input
 */
export function hasSameInput(existing: WorkflowExecutionDescription, digest: unknown): boolean {
  const existingDigest = readMemo<string>(existing, MemoKeys.inputDigest);
  if (existingDigest === undefined && hasMemo(existing, MemoKeys.inputDigest)) {
    const { workflowId } = existing;
    throw new WorkflowConflictError(
      workflowId,
      `the memo of ${workflowId} cannot be decoded, so its input cannot be compared with this one: use the data converter ` +
        '(DUVO_DATA_CONVERTER or --codec-endpoint) of the client that started the workflow',
    );
  }
  return existingDigest === digest;
}
