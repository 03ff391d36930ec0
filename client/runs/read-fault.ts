import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { MemoKeys } from '../../contract/names';
import type { ReadFault } from '../../contract/read-faults';
import { describeWorkflow, readMemo } from '../../temporal/memo-reader';
import type { ExecutionInfo } from '../temporal/visibility';

/** Activity type of the watch, whose attempts are the polls. */
const WATCH_ACTIVITY_TYPE = 'awaitRunChange';

/** Returns why a run cannot be read at present. The memo of an ended workflow keeps its last fault. */
export function readFault(info: ExecutionInfo): ReadFault | undefined {
  return info.status.name === 'RUNNING' ? readMemo<ReadFault>(info, MemoKeys.fault) : undefined;
}

/** Returns the fault with the time of the next poll, which the memo has only for the first poll after the fault. */
export function withNextPoll(fault: ReadFault, { raw }: WorkflowExecutionDescription): ReadFault {
  const watch = raw.pendingActivities?.find(({ activityType }) => activityType?.name === WATCH_ACTIVITY_TYPE);
  if (!watch) return fault;
  const { seconds, nanos } = watch.nextAttemptScheduleTime ?? {};
  // Without a time for the next attempt, the attempt of now is the poll.
  const nextPollMs = seconds ? Number(seconds) * 1_000 + Math.floor((nanos ?? 0) / 1e6) : Date.now();
  return { ...fault, nextPoll: new Date(nextPollMs).toISOString() };
}

/** Reads the time of the next poll from Temporal. The row of a run that ends meanwhile keeps the fault as it was listed. */
export async function fetchNextPoll(client: Client, info: ExecutionInfo, fault: ReadFault): Promise<ReadFault> {
  try {
    return withNextPoll(fault, await describeWorkflow(client, info.workflowId, info.runId));
  } catch {
    return fault;
  }
}
