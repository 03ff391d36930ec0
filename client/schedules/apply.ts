import type { Client, ScheduleDescription } from '@temporalio/client';
import { InvalidInputError, ScheduleConflictError } from '../errors';
import { checkDefinition, checkFile } from './check-definition';
import type { ScheduleFile } from './definition';
import { MARK, markOf } from './describe';
import { differenceOf, type FieldChange, type Wanted } from './difference';
import type { PlanOptions } from './plan';
import { replaceSchedule } from './replace';
import { createSchedule, replacementOf } from './store';

export interface ApplyOptions {
  /** Delete the schedules of the file's group that the file does not have. @default false */
  prune?: boolean;
}

/** What is done, or would be, with one schedule. */
export interface ScheduleChange {
  id: string;
  change: 'create' | 'change' | 'unchanged' | 'delete';
  /** Of a change. */
  fields?: FieldChange[];
}

interface Step extends ScheduleChange {
  wanted?: Wanted;
}

export async function differenceToFile(
  client: Client,
  file: ScheduleFile,
  { prune = false }: ApplyOptions,
  options: PlanOptions,
): Promise<ScheduleChange[]> {
  const steps = await stepsTo(client, file, prune, options);
  return steps.map(({ wanted: _, ...change }) => change);
}

export async function applyFile(
  client: Client,
  file: ScheduleFile,
  { prune = false }: ApplyOptions,
  options: PlanOptions,
): Promise<ScheduleChange[]> {
  const steps = await stepsTo(client, file, prune, options);
  for (const { id, change, wanted } of steps) {
    if (change === 'create' && wanted) await createSchedule(client, id, wanted);
    else if (change === 'change' && wanted) {
      await replaceSchedule(client, id, (found) => {
        checkOwner(id, found, wanted.group);
        return differenceOf(wanted, found).length === 0 ? undefined : replacementOf(wanted, found);
      });
    } else if (change === 'delete') await deleteIfThere(client, id);
  }
  return steps.map(({ wanted: _, ...change }) => change);
}

/** All of the file is checked, and compared, before anything is changed. */
async function stepsTo(client: Client, input: ScheduleFile, prune: boolean, options: PlanOptions): Promise<Step[]> {
  const { group, schedules } = checkFile(input);
  if (prune && group === undefined)
    throw new InvalidInputError('group', 'is missing: prune deletes what has the group of the file');
  const steps: Step[] = [];
  for (const [id, definition] of Object.entries(schedules)) {
    const wanted: Wanted = { ...checkDefinition(definition, `schedules.${id}.`, options), group };
    const found = await describeIfThere(client, id);
    if (!found) {
      steps.push({ id, change: 'create', wanted });
      continue;
    }
    checkOwner(id, found, group);
    const fields = differenceOf(wanted, found);
    steps.push(fields.length > 0 ? { id, change: 'change', fields, wanted } : { id, change: 'unchanged' });
  }
  if (prune && group !== undefined) {
    const others = (await idsOfGroup(client, group)).filter((id) => !Object.hasOwn(schedules, id));
    steps.push(...others.map((id) => ({ id, change: 'delete' as const })));
  }
  return steps;
}

/** A schedule of nobody's group may be taken into one; that of another is left alone. */
function checkOwner(id: string, found: ScheduleDescription, group: string | undefined): void {
  const mark = markOf(found);
  if (!mark) throw new ScheduleConflictError(id, 'was not made by this library: give the file another id');
  if (mark.group !== undefined && mark.group !== group) {
    throw new ScheduleConflictError(
      id,
      `belongs to the group '${mark.group}': give the file that group, or another id, or delete it first`,
    );
  }
}

async function idsOfGroup(client: Client, group: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, memo } of client.schedule.list()) {
    if (memo?.[MARK] === undefined) continue;
    const found = await describeIfThere(client, scheduleId);
    if (found && markOf(found)?.group === group) ids.push(scheduleId);
  }
  return ids.sort();
}

async function describeIfThere(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  try {
    return await client.schedule.getHandle(id).describe();
  } catch (error) {
    if ((error as Error).name === 'ScheduleNotFoundError') return undefined;
    throw error;
  }
}

async function deleteIfThere(client: Client, id: string): Promise<void> {
  try {
    await client.schedule.getHandle(id).delete();
  } catch (error) {
    if ((error as Error).name !== 'ScheduleNotFoundError') throw error;
  }
}
