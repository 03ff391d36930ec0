import { BATCH_WORKFLOW_TYPE } from '../../contract/batches/batch-contract';
import { AGENT_RUN_WORKFLOW_TYPE, DEFAULT_TASK_QUEUE } from '../../contract/names';
import type { Duration } from '../../contract/durations';
import { toMs } from '../../contract/durations';
import type { StartPriority, TaskQueueOptions } from '../temporal/start-options';
import { type Calendar, parseCalendar, parseCron } from './calendar';
import type { Interval, OverlapPolicy, ScheduleDefinition } from './schedule-definition';

/** Temporal's default. */
export const DEFAULT_CATCH_UP_MS = 365 * 86_400_000;

/** A schedule in normal form, in which a definition and a schedule on the server can be compared. */
export interface SchedulePlan {
  calendars: Calendar[];
  intervals: { everyMs: number; offsetMs: number }[];
  skip: Calendar[];
  timeZone: string;
  start?: string;
  end?: string;
  jitterMs: number;
  overlap: OverlapPolicy;
  catchUpMs: number;
  pauseOnFailure: boolean;
  workflowType: string;
  taskQueue: string;
  args: unknown[];
  priority?: StartPriority;
}

/** @param definition a definition that was checked @param path path of the definition, for the names of fields in errors */
export function planFromDefinition(
  definition: ScheduleDefinition,
  path: string,
  options: TaskQueueOptions = {},
): SchedulePlan {
  const { cron, every, calendars = [], skip = [], timeZone = 'UTC', start, end, jitter } = definition;
  const { overlap = 'skip', catchUp, pauseOnFailure = false, taskQueue, priority } = definition;
  const crons = toArray(cron).map((one, index) =>
    parseCron(one, `${path}cron${Array.isArray(cron) ? `[${index}]` : ''}`),
  );
  return {
    calendars: [...crons, ...calendars.map((one, index) => parseCalendar(one, `${path}calendars[${index}]`))],
    intervals: toArray<Duration | Interval>(every).map((one) => {
      const { every: length, offset } = typeof one === 'object' ? one : { every: one };
      return { everyMs: toMs(length), offsetMs: toMs(offset ?? 0) };
    }),
    skip: skip.map((one, index) => parseCalendar(one, `${path}skip[${index}]`)),
    timeZone,
    ...(start && { start: new Date(start).toISOString() }),
    ...(end && { end: new Date(end).toISOString() }),
    jitterMs: toMs(jitter ?? 0),
    overlap,
    catchUpMs: catchUp === undefined ? DEFAULT_CATCH_UP_MS : toMs(catchUp),
    pauseOnFailure,
    ...toWorkflowAction(definition, options),
    taskQueue: taskQueue ?? options.taskQueue ?? DEFAULT_TASK_QUEUE,
    ...(priority && Object.keys(priority).length > 0 && { priority }),
  };
}

function toWorkflowAction({ run, batch, workflow }: ScheduleDefinition, { apiTaskQueue }: TaskQueueOptions) {
  if (run) return { workflowType: AGENT_RUN_WORKFLOW_TYPE, args: [{ ...(apiTaskQueue && { apiTaskQueue }), ...run }] };
  if (batch) return { workflowType: BATCH_WORKFLOW_TYPE, args: [{ ...(apiTaskQueue && { apiTaskQueue }), ...batch }] };
  return { workflowType: workflow?.type ?? '', args: workflow?.args ?? [] };
}

export function toArray<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

const DURATION_UNITS: [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

/** Formats a duration exactly, in its largest whole unit: `6h`, `90s`. */
export function formatDuration(ms: number): string {
  const [size, unit] = DURATION_UNITS.find(([one]) => ms % one === 0 && ms >= one) ?? [1, 'ms'];
  return `${ms / size}${unit}`;
}
