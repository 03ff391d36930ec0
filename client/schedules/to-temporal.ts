import type { CalendarSpec, ScheduleOptions, ScheduleOverlapPolicy, ScheduleSpec } from '@temporalio/client';
import { type Calendar, dayName, type FieldName, FIELDS, monthName } from './calendar';
import type { Overlap } from './definition';
import { MARK, type Mark } from './describe';
import type { SchedulePlan } from './plan';

/** The parts of a schedule that a definition decides. */
export function toTemporal(
  plan: SchedulePlan,
  mark: Mark,
): Pick<ScheduleOptions, 'spec' | 'policies'> & { action: ScheduleOptions['action'] } {
  // The SDK sends an action's priority, but does not list it among the options of a new schedule.
  const action: ScheduleOptions['action'] & { priority?: SchedulePlan['priority'] } = {
    type: 'startWorkflow',
    workflowType: plan.workflowType,
    taskQueue: plan.taskQueue,
    args: plan.args,
    memo: { [MARK]: mark },
    ...(plan.priority && { priority: plan.priority }),
  };
  return {
    spec: toSpec(plan),
    action,
    policies: {
      overlap: toOverlap(plan.overlap),
      catchupWindow: plan.catchUpMs,
      pauseOnFailure: plan.pauseOnFailure,
    },
  };
}

export function toSpec({ calendars, intervals, skip, timeZone, start, end, jitterMs }: SchedulePlan): ScheduleSpec {
  return {
    calendars: calendars.map(toCalendarSpec),
    intervals: intervals.map(({ everyMs, offsetMs }) => ({ every: everyMs, offset: offsetMs })),
    skip: skip.map(toCalendarSpec),
    timezone: timeZone,
    ...(start && { startAt: new Date(start) }),
    ...(end && { endAt: new Date(end) }),
    ...(jitterMs > 0 && { jitter: jitterMs }),
  };
}

export function toOverlap(overlap: Overlap): ScheduleOverlapPolicy {
  return overlap.toUpperCase().replace('-', '_') as ScheduleOverlapPolicy;
}

function toCalendarSpec({ comment, ...fields }: Calendar): CalendarSpec {
  const ranges = (Object.keys(FIELDS) as FieldName[])
    .filter((name) => fields[name].length > 0)
    .map((name) => [name, runsOf(fields[name]).map(([start, end]) => rangeOf(name, start, end))]);
  return { ...(Object.fromEntries(ranges) as CalendarSpec), ...(comment && { comment }) };
}

function rangeOf(name: FieldName, start: number, end: number) {
  const value = (one: number) => (name === 'month' ? monthName(one) : name === 'dayOfWeek' ? dayName(one) : one);
  return { start: value(start), end: value(end), step: 1 };
}

/** Runs of successive numbers. */
function runsOf(values: number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last && value === last[1] + 1) last[1] = value;
    else runs.push([value, value]);
  }
  return runs;
}
