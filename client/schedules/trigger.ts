import type { ScheduleHandle, ScheduleOverlapPolicy } from '@temporalio/client';

/** What came of a start by hand. */
export interface TriggerOutcome {
  /** `waiting`: until what was started before has ended; `skipped`: since that is still running. */
  outcome: 'started' | 'waiting' | 'skipped';
  workflowId?: string;
}

const PATIENCE_MS = 3_000;

export async function triggerOnce(handle: ScheduleHandle, overlap?: ScheduleOverlapPolicy): Promise<TriggerOutcome> {
  const { info: before, policies } = await handle.describe();
  await handle.trigger(overlap ?? policies.overlap);
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const { info } = await handle.describe();
    if (info.numActionsTaken > before.numActionsTaken) {
      return { outcome: 'started', workflowId: info.recentActions.at(-1)?.action.workflow.workflowId };
    }
    if (info.numActionsSkippedOverlap > before.numActionsSkippedOverlap) return { outcome: 'skipped' };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { outcome: 'waiting' };
}
