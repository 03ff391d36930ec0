export type { ApplyOptions, ScheduleChange } from './schedule-file';
export { checkScheduleFile as checkScheduleFile } from './check-definition';
export {
  type CalendarField,
  type CalendarTimes,
  type Interval,
  type OverlapPolicy,
  OVERLAP_POLICIES,
  type ScheduledAction,
  type ScheduledTimes,
  type ScheduleDefinition,
  type ScheduleFile,
} from './schedule-definition';
export type { ScheduleInfo, ScheduleKind } from './schedule-info';
export type { FieldChange } from './diff-schedule';
export type { SchedulesClient, ListSchedulesOptions } from './schedules-client';
export type { ScheduleUpdate } from './merge-definition';
export type { TriggerOutcome } from './trigger-schedule';
