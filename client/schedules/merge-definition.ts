import type { ScheduleDefinition } from './schedule-definition';

/** The fields of a definition to change. `null` removes a field. */
export type ScheduleUpdate = { [Field in keyof ScheduleDefinition]?: ScheduleDefinition[Field] | null };

/** Groups of fields: a new value for one field of a group replaces all fields of the group. */
const EXCLUSIVE_FIELDS: (keyof ScheduleDefinition)[][] = [
  ['run', 'batch', 'workflow'],
  ['cron', 'every', 'calendars'],
];

export function mergeDefinition(current: ScheduleDefinition, change: ScheduleUpdate): ScheduleDefinition {
  const changedEntries = Object.entries(change).filter(([, value]) => value !== undefined);
  const replacedFields = EXCLUSIVE_FIELDS.filter((set) => set.some((field) => change[field] !== undefined)).flat();
  const keptEntries = Object.entries(current).filter(
    ([field]) => !replacedFields.includes(field as keyof ScheduleDefinition),
  );
  const all = Object.fromEntries([...keptEntries, ...changedEntries]);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}
