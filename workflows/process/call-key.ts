import { workflowInfo } from '@temporalio/workflow';

/** Calls so far in this workflow: module state of a bundle belongs to one workflow. */
let callCount = 0;

/** Names the next call of a user's workflow: the same after a reset, new after continue-as-new, a retry and a cron run. */
export function nextCallKey(): { step: number; key: string } {
  const { workflowId, originalExecutionRunId } = workflowInfo();
  const step = ++callCount;
  return { step, key: `${workflowId}/${originalExecutionRunId}/${step}` };
}
