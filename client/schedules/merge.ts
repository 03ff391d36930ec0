import type { ScheduleDefinition } from './definition';

/** Fields of a definition that are changed; `null` takes one away. */
export type ScheduleUpdate = { [Field in keyof ScheduleDefinition]?: ScheduleDefinition[Field] | null };

/** Fields of which one set takes the place of the former. */
const SETS: (keyof ScheduleDefinition)[][] = [
  ['run', 'batch', 'workflow'],
  ['cron', 'every', 'calendars'],
];

export function merged(was: ScheduleDefinition, change: ScheduleUpdate): ScheduleDefinition {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const replaced = SETS.filter((set) => set.some((field) => change[field] !== undefined)).flat();
  const kept = Object.entries(was).filter(([field]) => !replaced.includes(field as keyof ScheduleDefinition));
  const all = Object.fromEntries([...kept, ...given]);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}
