import type { ScheduleDescription, ScheduleHandle, ScheduleOverlapPolicy } from '@temporalio/client';
import { WaitTimeoutError } from '../errors';

/** The outcome of a manual start. */
export interface TriggerOutcome {
  /** `waiting`: the start follows the end of the former workflow; `skipped`: the former workflow still runs. */
  outcome: 'started' | 'waiting' | 'skipped';
  workflowId?: string;
}

/** Time to wait for the outcome. The server's scheduler takes less than a second, unless the server is busy. */
const TRIGGER_TIMEOUT_MS = 30_000;

export async function triggerAndWait(handle: ScheduleHandle, overlap?: ScheduleOverlapPolicy): Promise<TriggerOutcome> {
  const before = await handle.describe();
  // The server appends the start time, in whole seconds, to the workflow id. It drops the later of two starts in the same
  // second without an error.
  const lastStartedAtMs = before.info.recentActions.at(-1)?.takenAt.getTime() ?? 0;
  await sleep(Math.min(1_000, Math.max(0, lastStartedAtMs + 1_000 - Date.now())));
  await handle.trigger(overlap ?? before.policies.overlap);
  for (const deadline = Date.now() + TRIGGER_TIMEOUT_MS; Date.now() < deadline;) {
    const after = await handle.describe();
    if (after.info.numActionsTaken > before.info.numActionsTaken) {
      return { outcome: 'started', workflowId: after.info.recentActions.at(-1)?.action.workflow.workflowId };
    }
    if (after.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap) return { outcome: 'skipped' };
    if (readBufferSize(after) > readBufferSize(before)) return { outcome: 'waiting' };
    await sleep(50);
  }
  const seconds = TRIGGER_TIMEOUT_MS / 1000;
  throw new WaitTimeoutError(
    `the server did not report the outcome of the start within ${seconds} s: read the schedule ${handle.scheduleId}, since the start may still happen`,
  );
}

function readBufferSize({ raw }: ScheduleDescription): number {
  return Number(raw.info?.bufferSize ?? 0);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
