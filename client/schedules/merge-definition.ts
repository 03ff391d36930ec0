import type { ScheduleDefinition } from './schedule-definition';

/** Fields of a definition that are changed; `null` takes one away. */
export type ScheduleUpdate = { [Field in keyof ScheduleDefinition]?: ScheduleDefinition[Field] | null };

/** Fields of which one set takes the place of the former. */
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
