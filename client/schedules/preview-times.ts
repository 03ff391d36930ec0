import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { SchedulePlan } from './schedule-plan';
import { toTemporalSchedule } from './to-temporal-schedule';

/** The server tells no more. */
export const MAX_PREVIEWED_TIMES = 10;

/**
 * When a schedule would start next, as the server reckons it, with all that it knows of the time zone: asked by a paused
 * schedule that is deleted at once. Without jitter, which depends on the schedule's id.
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
      note: 'asks when a schedule would start; may be deleted',
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
