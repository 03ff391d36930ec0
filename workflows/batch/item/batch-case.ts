import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  proxyActivities,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../../activities';
import { CASE_ID_MEMO_KEY, type BatchCaseInput, type BatchCaseResult } from '../../../contract/batches/batch-contract';
import { MemoKeys } from '../../../contract/names';
import { CALL_ACTIVITY_OPTIONS, isActivityCancellation } from '../../process/activity-proxies';

type NewCase = Parameters<DuvoActivities['createBatchCase']>[0]['case'];

/**
 * Runs an item that is a case: creates the case and waits until it is done. The case has a workflow of its own, so that a
 * page that dies does not create the case again, and two items with one key share one case. Duvo cannot cancel a case: a
 * cancelled workflow leaves the case open.
 */
export async function batchCase({
  queueId,
  apiTaskQueue,
  ...input
}: BatchCaseInput & { apiTaskQueue: string }): Promise<BatchCaseResult> {
  const { workflowId, originalExecutionRunId } = workflowInfo();
  // Each attempt is a poll, so the number of attempts must not lengthen the retry interval: the coefficient is 1.
  const { createBatchCase, awaitCase } = proxyActivities<DuvoActivities>({
    ...CALL_ACTIVITY_OPTIONS,
    taskQueue: apiTaskQueue,
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
  });
  let caseId: string | undefined;
  try {
    const key = `${workflowId}/${originalExecutionRunId}`;
    ({ caseId } = await createBatchCase({ queueId, case: input.case as NewCase, key }));
    upsertMemo({ [CASE_ID_MEMO_KEY]: caseId });
    const { status } = await awaitCase({ caseId });
    if (status === 'completed') return { caseId, status };
    throw ApplicationFailure.nonRetryable('Duvo reports that the case failed', 'Duvo.CaseFailed', { caseId });
  } catch (error) {
    if (!isActivityCancellation(error)) throw withCase(error, caseId);
    upsertMemo({ [MemoKeys.cancel]: 'unconfirmed' });
    throw isCancellation(error)
      ? error
      : new CancelledFailure('the workflow was cancelled; the case stays open in Duvo');
  }
}

/** Adds to the failure of a call that the case exists or may exist, so that no retry of the item creates a second one. */
function withCase(error: unknown, caseId: string | undefined): unknown {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) return error;
  const { message, type, details } = cause;
  const [call, ...others] = (details ?? []) as ({ mayHaveHappened?: boolean } | undefined)[];
  if (caseId === undefined && !call?.mayHaveHappened) return error;
  return ApplicationFailure.create({
    message,
    type: type ?? undefined,
    nonRetryable: true,
    details: [{ ...call, ...(caseId && { caseId }), mayContinue: true }, ...others],
    cause,
  });
}
