import type { Client, ScheduleDescription } from '@temporalio/client';
import { commandLine } from '../../contract/text/command-line';
import { InvalidInputError, ScheduleConflictError } from '../errors';
import { SCHEDULE_MEMO_KEY, type ScheduleMemo, readScheduleMemo } from './schedule-info';
import type { DesiredSchedule } from './diff-schedule';
import type { Replacement } from './update-schedule';
import { toTemporalSchedule } from './to-temporal-schedule';

/** Creates a schedule. @throws ScheduleConflictError when the id is in use; InvalidInputError when Temporal refuses it */
export async function createSchedule(client: Client, id: string, desired: DesiredSchedule): Promise<void> {
  const { plan, definition } = desired;
  const scheduleMemo = buildScheduleMemo(desired, {});
  const { action, ...rest } = toTemporalSchedule(plan, scheduleMemo);
  const { paused, note, remainingActions } = definition;
  try {
    await client.schedule.create({
      ...rest,
      action: { ...action, workflowId: `duvo-schedule-${id}` },
      scheduleId: id,
      memo: { [SCHEDULE_MEMO_KEY]: scheduleMemo.group === undefined ? {} : { group: scheduleMemo.group } },
      state: { paused: paused ?? false, note, remainingActions },
    });
  } catch (error) {
    if ((error as Error).name === 'ScheduleAlreadyRunning')
      throw new ScheduleConflictError(
        id,
        `exists already: give another id, or change it with ${commandLine('schedule', 'update', id)}`,
      );
    if (error instanceof TypeError) throw new InvalidInputError('schedule', `is refused by Temporal: ${error.message}`);
    throw error;
  }
}

/** Returns the schedule to write in place of the current one. What the definition does not decide stays as it is. */
export function toReplacement(desired: DesiredSchedule, found: ScheduleDescription): Replacement {
  const { definition, plan } = desired;
  const currentMemo = readScheduleMemo(found) ?? {};
  const scheduleMemo = buildScheduleMemo(desired, currentMemo);
  const { action, ...rest } = toTemporalSchedule(plan, scheduleMemo);
  const { paused, note, remainingActions } = found.state;
  return {
    ...rest,
    action: { ...found.action, priority: undefined, ...action, memo: { ...found.action.memo, ...action.memo } },
    state: {
      paused: definition.paused ?? paused,
      note: definition.note === currentMemo.note ? note : definition.note,
      remainingActions:
        definition.remainingActions === currentMemo.remainingActions ? remainingActions : definition.remainingActions,
    },
  } as Replacement;
}

function buildScheduleMemo({ definition, group }: DesiredSchedule, current: ScheduleMemo): ScheduleMemo {
  const { note, remainingActions } = definition;
  const effectiveGroup = group ?? current.group;
  return {
    ...(effectiveGroup !== undefined && { group: effectiveGroup }),
    ...(note !== undefined && { note }),
    ...(remainingActions !== undefined && { remainingActions }),
  };
}
