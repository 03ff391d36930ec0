import type { Client, ScheduleDescription } from '@temporalio/client';
import { InvalidInputError, ScheduleConflictError } from '../errors';
import { MARK, type Mark, markOf } from './describe';
import type { Wanted } from './difference';
import type { Replacement } from './replace';
import { toTemporal } from './to-temporal';

/** @throws ScheduleConflictError when there is one of this id */
export async function createSchedule(client: Client, id: string, wanted: Wanted): Promise<void> {
  const { plan, definition } = wanted;
  const mark = markFor(wanted, {});
  const { action, ...rest } = toTemporal(plan, mark);
  const { paused, note, remainingActions } = definition;
  try {
    await client.schedule.create({
      ...rest,
      action: { ...action, workflowId: `duvo-schedule-${id}` },
      scheduleId: id,
      memo: { [MARK]: mark.group === undefined ? {} : { group: mark.group } },
      state: { paused: paused ?? false, note, remainingActions },
    });
  } catch (error) {
    if ((error as Error).name === 'ScheduleAlreadyRunning')
      throw new ScheduleConflictError(id, 'is there already: update it, or give another id');
    if (error instanceof TypeError) throw new InvalidInputError('schedule', `is refused by Temporal: ${error.message}`);
    throw error;
  }
}

/** What is written in place of what was found: all that the definition decides, and the rest as it is. */
export function replacementOf(wanted: Wanted, found: ScheduleDescription): Replacement {
  const { definition, plan } = wanted;
  const was = markOf(found) ?? {};
  const mark = markFor(wanted, was);
  const { action, ...rest } = toTemporal(plan, mark);
  const { paused, note, remainingActions } = found.state;
  return {
    ...rest,
    action: { ...found.action, priority: undefined, ...action, memo: { ...found.action.memo, ...action.memo } },
    state: {
      paused: definition.paused ?? paused,
      note: definition.note === was.note ? note : definition.note,
      remainingActions:
        definition.remainingActions === was.remainingActions ? remainingActions : definition.remainingActions,
    },
  } as Replacement;
}

function markFor({ definition, group }: Wanted, was: Mark): Mark {
  const { note, remainingActions } = definition;
  const own = group ?? was.group;
  return {
    ...(own !== undefined && { group: own }),
    ...(note !== undefined && { note }),
    ...(remainingActions !== undefined && { remainingActions }),
  };
}
