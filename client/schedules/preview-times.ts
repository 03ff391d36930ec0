import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { SchedulePlan } from './schedule-plan';
import { toTemporalSchedule } from './to-temporal-schedule';

/** The server returns no more. */
export const MAX_PREVIEWED_TIMES = 10;

/**
 * Returns the next times of a schedule that does not exist yet. The server computes them, since it alone knows its version
 * of the time zone data: this function creates a paused schedule, reads its next times, and deletes it. The times are
 * without jitter, which depends on the schedule's id.
 */
export async function previewTimes(
  client: Client,
  plan: SchedulePlan,
  { remainingActions, count = 5 }: { remainingActions?: number; count?: number },
): Promise<string[]> {
  const handle = await client.schedule.create({
    ...toTemporalSchedule({ ...plan, jitterMs: 0, args: [] }, {}),
    scheduleId: `duvo-preview-${randomUUID()}`,
    state: {
      paused: true,
      note: 'computes the next start times of a schedule; may be deleted',
      ...(remainingActions !== undefined && { remainingActions }),
    },
  });
  try {
    const { info } = await handle.describe();
    return info.nextActionTimes.slice(0, count).map((at) => at.toISOString());
  } finally {
    await handle.delete();
  }
}
