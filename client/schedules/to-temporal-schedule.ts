import type { CalendarSpec, ScheduleOptions, ScheduleOverlapPolicy, ScheduleSpec } from '@temporalio/client';
import { type Calendar, dayName, type CalendarFieldName, FIELD_RULES, monthName } from './calendar';
import type { OverlapPolicy } from './schedule-definition';
import { SCHEDULE_MEMO_KEY, type ScheduleMemo } from './schedule-info';
import type { SchedulePlan } from './schedule-plan';

/** Converts a plan into the parts of Temporal's schedule that a definition decides. */
export function toTemporalSchedule(
  plan: SchedulePlan,
  scheduleMemo: ScheduleMemo,
): Pick<ScheduleOptions, 'spec' | 'policies'> & { action: ScheduleOptions['action'] } {
  // The SDK sends an action's priority, but its type of a new schedule's options lacks the field.
  const action: ScheduleOptions['action'] & { priority?: SchedulePlan['priority'] } = {
    type: 'startWorkflow',
    workflowType: plan.workflowType,
    taskQueue: plan.taskQueue,
    args: plan.args,
    memo: { [SCHEDULE_MEMO_KEY]: scheduleMemo },
    ...(plan.priority && { priority: plan.priority }),
  };
  return {
    spec: toScheduleSpec(plan),
    action,
    policies: {
      overlap: toTemporalOverlap(plan.overlap),
      catchupWindow: plan.catchUpMs,
      pauseOnFailure: plan.pauseOnFailure,
    },
  };
}

export function toScheduleSpec({
  calendars,
  intervals,
  skip,
  timeZone,
  start,
  end,
  jitterMs,
}: SchedulePlan): ScheduleSpec {
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

export function toTemporalOverlap(overlap: OverlapPolicy): ScheduleOverlapPolicy {
  return overlap.toUpperCase().replace('-', '_') as ScheduleOverlapPolicy;
}

function toCalendarSpec({ comment, ...fields }: Calendar): CalendarSpec {
  const ranges = (Object.keys(FIELD_RULES) as CalendarFieldName[])
    .filter((name) => fields[name].length > 0)
    .map((name) => [name, groupConsecutive(fields[name]).map(([start, end]) => toRange(name, start, end))]);
  return { ...(Object.fromEntries(ranges) as CalendarSpec), ...(comment && { comment }) };
}

function toRange(name: CalendarFieldName, start: number, end: number) {
  const value = (one: number) => (name === 'month' ? monthName(one) : name === 'dayOfWeek' ? dayName(one) : one);
  return { start: value(start), end: value(end), step: 1 };
}

/** Groups successive numbers into ranges. */
function groupConsecutive(values: number[]): [number, number][] {
  const groups: [number, number][] = [];
  for (const value of values) {
    const last = groups.at(-1);
    if (last && value === last[1] + 1) last[1] = value;
    else groups.push([value, value]);
  }
  return groups;
}
