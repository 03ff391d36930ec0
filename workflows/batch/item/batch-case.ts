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
import { CALL_ACTIVITY_OPTIONS } from '../../process/activity-proxies';
import { isActivityCancellation } from '../../process/activity-proxies';
import { CASE_ID_MEMO_KEY, type BatchCaseInput, type BatchCaseResult } from '../../../contract/batch-contract';

type NewCase = Parameters<DuvoActivities['createCases']>[0]['cases'][number];

/**
 * An item that is a case: creates it, and follows it until it is done. A workflow of its own, so that a page that dies
 * creates nothing twice, and that two items of one key are one case. Duvo has no cancel of a case: it goes on.
 */
export async function batchCase({
  queueId,
  apiTaskQueue,
  ...input
}: BatchCaseInput & { apiTaskQueue: string }): Promise<BatchCaseResult> {
  const { workflowId, originalExecutionRunId } = workflowInfo();
  // The attempts of what follows something are its polls: the coefficient must be 1 (duvo-activities.ts).
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
    throw ApplicationFailure.nonRetryable('the case failed', 'Duvo.CaseFailed', { caseId });
  } catch (error) {
    if (!isActivityCancellation(error)) throw error;
    upsertMemo({ [MemoKeys.cancel]: 'unconfirmed' });
    throw isCancellation(error) ? error : new CancelledFailure('the case is not followed any more');
  }
}
