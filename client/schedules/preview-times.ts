import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { InvalidInputError } from '../errors';
import type { CheckedDefinition } from './check-definition';
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

/**
 * Refuses times that never come, such as 31 February. An end in the past is allowed: such a schedule serves for a backfill.
 *
 * @param path of the definition, before the name of the field in the error
 * @throws InvalidInputError
 */
export async function checkTimesCome(
  client: Client,
  { plan, definition }: CheckedDefinition,
  path = '',
): Promise<void> {
  const next = await previewTimes(client, { ...plan, end: undefined }, { count: 1 });
  if (next.length > 0) return;
  const field = (['cron', 'calendars', 'every'] as const).find((name) => definition[name] !== undefined) ?? 'cron';
  throw new InvalidInputError(`${path}${field}`, 'has only dates that never come: give other dates');
}
