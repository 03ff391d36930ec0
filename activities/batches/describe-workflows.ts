import { getClient } from '@temporalio/activity';
import { cancellationSignal, runHttpAttempt } from '../http-attempt';
import { describeWorkflow, type WorkflowSnapshot } from './workflow-snapshot';

/** Workflows that one activity describes at the same time. */
const MAX_CONCURRENT_DESCRIBES = 20;

/** Describes workflows. The result has the order of the ids. */
export function describeWorkflows({ workflowIds }: { workflowIds: string[] }): Promise<WorkflowSnapshot[]> {
  return runHttpAttempt(async () => {
    const snapshots: WorkflowSnapshot[] = [];
    for (let at = 0; at < workflowIds.length && !cancellationSignal().aborted; at += MAX_CONCURRENT_DESCRIBES) {
      const some = workflowIds.slice(at, at + MAX_CONCURRENT_DESCRIBES);
      snapshots.push(...(await Promise.all(some.map((id) => describeWorkflow(getClient(), id)))));
    }
    return snapshots;
  });
}
