import {
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  proxyActivities,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { DuvoActivities } from '../../activities';
import { Memo } from '../../contract/run-contract';
import { CALL } from '../process/duvo-activities';
import { wasCancelled } from '../process/was-cancelled';
import { CASE_MEMO, type CaseItem, type CaseResult } from '../../contract/batch-contract';

type NewCase = Parameters<DuvoActivities['createCases']>[0]['cases'][number];

/**
 * An item that is a case: creates it, and follows it until it is done. A workflow of its own, so that a page that dies
 * creates nothing twice, and that two items of one key are one case. Duvo has no cancel of a case: it goes on.
 */
export async function batchCase({
  queueId,
  apiTaskQueue,
  ...input
}: CaseItem & { apiTaskQueue: string }): Promise<CaseResult> {
  const { workflowId, originalExecutionRunId } = workflowInfo();
  // The attempts of what follows something are its polls: the coefficient must be 1 (duvo-activities.ts).
  const { createCases, awaitCase } = proxyActivities<DuvoActivities>({
    ...CALL,
    taskQueue: apiTaskQueue,
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
  });
  try {
    const key = `${workflowId}/${originalExecutionRunId}`;
    const [created] = await createCases({ queueId, cases: [input.case as NewCase], key });
    const caseId = created?.id ?? '';
    upsertMemo({ [CASE_MEMO]: caseId });
    const { status } = await awaitCase({ caseId });
    if (status === 'completed') return { caseId, status };
    throw ApplicationFailure.nonRetryable('the case failed', 'Duvo.CaseFailed', { caseId });
  } catch (error) {
    if (!wasCancelled(error)) throw error;
    upsertMemo({ [Memo.cancel]: 'unconfirmed' });
    throw isCancellation(error) ? error : new CancelledFailure('the case is not followed any more');
  }
}
