import type { Client, ScheduleDescription } from '@temporalio/client';
import { InvalidInputError, ScheduleConflictError } from '../errors';
import { checkDefinition, checkScheduleFile } from './check-definition';
import type { ScheduleFile } from './schedule-definition';
import { checkReadable, readScheduleMemo, SCHEDULE_MEMO_KEY } from './schedule-info';
import { diffSchedule, type FieldChange, type DesiredSchedule } from './diff-schedule';
import { scheduleReader } from '../../temporal/memo-reader';
import type { TaskQueueOptions } from '../temporal/start-options';
import { checkTimesCome } from './preview-times';
import { updateSchedule } from './update-schedule';
import { createSchedule, toReplacement } from './create-schedule';

export interface ApplyOptions {
  /** Whether to delete the schedules of the file's group that are not in the file. @default false */
  prune?: boolean;
  /**
   * The changes from `diff` that a person has confirmed. Only deletions need a confirmation: a schedule that appeared in
   * the group after the `diff` is not deleted. Schedules are always created and changed as the file says.
   * @default every deletion is confirmed
   */
  confirmed?: readonly ScheduleChange[];
}

/** The change of one schedule. */
export interface ScheduleChange {
  id: string;
  change: 'create' | 'change' | 'unchanged' | 'delete';
  /** The changed fields, when `change` is `change`. */
  fields?: FieldChange[];
}

/** Fields of a difference that decide when a schedule starts something, except its end. */
const TIME_FIELDS = ['calendars', 'intervals', 'skip', 'start'];

interface PlannedChange extends ScheduleChange {
  desired?: DesiredSchedule;
}

export async function diffScheduleFile(
  client: Client,
  file: ScheduleFile,
  { prune = false }: ApplyOptions,
  options: TaskQueueOptions,
): Promise<ScheduleChange[]> {
  const plannedChanges = await planChanges(client, file, prune, options);
  return plannedChanges.map(({ desired: _, ...change }) => change);
}

export async function applyScheduleFile(
  client: Client,
  file: ScheduleFile,
  { prune = false, confirmed }: ApplyOptions,
  options: TaskQueueOptions,
): Promise<ScheduleChange[]> {
  const isConfirmed = ({ id, change }: ScheduleChange) =>
    change !== 'delete' || !confirmed || confirmed.some((one) => one.id === id && one.change === 'delete');
  const plannedChanges = (await planChanges(client, file, prune, options)).filter(isConfirmed);
  for (const { id, change, desired } of plannedChanges) {
    if (change === 'create' && desired) await createSchedule(client, id, desired);
    else if (change === 'change' && desired) {
      await updateSchedule(client, id, (found) => {
        checkOwner(id, found, desired.group);
        return diffSchedule(desired, found).length === 0 ? undefined : toReplacement(desired, found);
      });
    } else if (change === 'delete') await deleteIfExists(client, id);
  }
  return plannedChanges.map(({ desired: _, ...change }) => change);
}

/** Checks and compares the whole file before anything is changed. */
async function planChanges(
  client: Client,
  input: ScheduleFile,
  prune: boolean,
  options: TaskQueueOptions,
): Promise<PlannedChange[]> {
  const { group, schedules } = checkScheduleFile(input);
  if (prune && group === undefined)
    throw new InvalidInputError('group', 'is missing: prune deletes by group, so give the file one');
  const plannedChanges: PlannedChange[] = [];
  for (const [id, definition] of Object.entries(schedules)) {
    const desired: DesiredSchedule = { ...checkDefinition(definition, `schedules.${id}.`, options), group };
    const found = await describeIfExists(client, id);
    if (!found) {
      await checkTimesCome(client, desired, `schedules.${id}.`);
      plannedChanges.push({ id, change: 'create', desired });
      continue;
    }
    checkOwner(id, found, group);
    const fields = diffSchedule(desired, found);
    if (fields.some(({ field }) => TIME_FIELDS.includes(field)))
      await checkTimesCome(client, desired, `schedules.${id}.`);
    plannedChanges.push(fields.length > 0 ? { id, change: 'change', fields, desired } : { id, change: 'unchanged' });
  }
  if (prune && group !== undefined) {
    const undefinedIds = (await listIdsInGroup(client, group)).filter((id) => !Object.hasOwn(schedules, id));
    plannedChanges.push(...undefinedIds.map((id) => ({ id, change: 'delete' as const })));
  }
  return plannedChanges;
}

/** A file may take over a schedule without a group. It may not change a schedule of another group. */
function checkOwner(id: string, found: ScheduleDescription, group: string | undefined): void {
  const scheduleMemo = readScheduleMemo(found);
  if (!scheduleMemo) throw new ScheduleConflictError(id, 'was not made by this library: give the file another id');
  checkReadable(found);
  if (scheduleMemo.group !== undefined && scheduleMemo.group !== group) {
    throw new ScheduleConflictError(
      id,
      `belongs to the group '${scheduleMemo.group}': give the file that group, or another id, or delete it first`,
    );
  }
}

async function listIdsInGroup(client: Client, group: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, memo } of scheduleReader(client).list()) {
    if (memo?.[SCHEDULE_MEMO_KEY] === undefined) continue;
    const found = await describeIfExists(client, scheduleId);
    if (found && readScheduleMemo(found)?.group === group) ids.push(scheduleId);
  }
  return ids.sort();
}

async function describeIfExists(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  try {
    return await scheduleReader(client).getHandle(id).describe();
  } catch (error) {
    if ((error as Error).name === 'ScheduleNotFoundError') return undefined;
    throw error;
  }
}

async function deleteIfExists(client: Client, id: string): Promise<void> {
  try {
    await client.schedule.getHandle(id).delete();
  } catch (error) {
    if ((error as Error).name !== 'ScheduleNotFoundError') throw error;
  }
}
