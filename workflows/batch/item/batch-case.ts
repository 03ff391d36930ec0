import {
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  proxyActivities,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../../activities';
import { MemoKeys } from '../../../contract/names';
import { CALL_ACTIVITY_OPTIONS, isActivityCancellation } from '../../process/activity-proxies';
import { CASE_ID_MEMO_KEY, type BatchCaseInput, type BatchCaseResult } from '../../../contract/batches/batch-contract';

type NewCase = Parameters<DuvoActivities['createCases']>[0]['cases'][number];

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
  const { createCases, awaitCase } = proxyActivities<DuvoActivities>({
    ...CALL_ACTIVITY_OPTIONS,
    taskQueue: apiTaskQueue,
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
  });
  try {
    const key = `${workflowId}/${originalExecutionRunId}`;
    const [created] = await createCases({ queueId, cases: [input.case as NewCase], key });
    const caseId = created?.id ?? '';
    upsertMemo({ [CASE_ID_MEMO_KEY]: caseId });
    const { status } = await awaitCase({ caseId });
    if (status === 'completed') return { caseId, status };
    throw ApplicationFailure.nonRetryable('Duvo reports that the case failed', 'Duvo.CaseFailed', { caseId });
  } catch (error) {
    if (!isActivityCancellation(error)) throw error;
    upsertMemo({ [MemoKeys.cancel]: 'unconfirmed' });
    throw isCancellation(error)
      ? error
      : new CancelledFailure('the workflow was cancelled; the case stays open in Duvo');
  }
}
