import type { ScheduleDescription, ScheduleHandle, ScheduleOverlapPolicy } from '@temporalio/client';
import { WaitTimeoutError } from '../errors';

/** What came of a start by hand. */
export interface TriggerOutcome {
  /** `waiting`: until what was started before has ended; `skipped`: since that is still running. */
  outcome: 'started' | 'waiting' | 'skipped';
  workflowId?: string;
}

/** The server says what came of a start when its scheduler has had its turn: within a second, unless it is busy. */
const TRIGGER_TIMEOUT_MS = 30_000;

export async function triggerAndWait(handle: ScheduleHandle, overlap?: ScheduleOverlapPolicy): Promise<TriggerOutcome> {
  const before = await handle.describe();
  // The workflow id ends with the second of the start: another one within it would be refused by the server, unheard.
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
    `the server has not said for ${seconds} s what came of the start; look at schedule ${handle.scheduleId}, it may still come`,
  );
}

function readBufferSize({ raw }: ScheduleDescription): number {
  return Number(raw.info?.bufferSize ?? 0);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
