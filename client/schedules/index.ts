export type { ApplyOptions, ScheduleChange } from './apply';
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
} from './definition';
export type { ScheduleInfo, ScheduleKind } from './describe';
export type { FieldChange } from './difference';
export { DuvoSchedules, type ListSchedulesOptions } from './duvo-schedules';
export type { ScheduleUpdate } from './merge';
export type { TriggerOutcome } from './trigger';
