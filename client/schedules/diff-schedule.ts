import type { ScheduleDescription } from '@temporalio/client';
import { BATCH_WORKFLOW_TYPE } from '../../contract/batches/batch-contract';
import { AGENT_RUN_WORKFLOW_TYPE } from '../../contract/names';
import { isSameJson } from '../../items/input-digest';
import type { Calendar, CalendarFieldName } from './calendar';
import type { ScheduleDefinition } from './schedule-definition';
import { readScheduleMemo, planFromDescription } from './schedule-info';
import { formatDuration, type SchedulePlan } from './schedule-plan';

/** A field whose value differs. Fields of the workflow's input have no values here, since those may be confidential. */
export interface FieldChange {
  field: string;
  from?: string;
  to?: string;
}

/** The desired state of a schedule. */
export interface DesiredSchedule {
  plan: SchedulePlan;
  definition: ScheduleDefinition;
  /** Absent: the group of the schedule stays as it is. */
  group?: string;
}

/** Returns the changes that make the schedule match the desired state. */
export function diffSchedule(desired: DesiredSchedule, description: ScheduleDescription): FieldChange[] {
  const current = planFromDescription(description);
  const scheduleMemo = readScheduleMemo(description) ?? {};
  const { plan, definition, group } = desired;
  const changes: FieldChange[] = [];
  for (const [field, show] of Object.entries(FIELD_FORMATTERS) as [
    keyof SchedulePlan,
    (plan: SchedulePlan) => string,
  ][]) {
    if (!isSameJson(toComparable(current[field]), toComparable(plan[field])))
      changes.push({ field, from: show(current), to: show(plan) });
  }
  changes.push(...diffInput(current, plan));
  const add = (field: string, from: string | number | boolean | undefined, to: typeof from) =>
    changes.push({
      field,
      ...(from !== undefined && { from: String(from) }),
      ...(to !== undefined && { to: String(to) }),
    });
  if (group !== undefined && scheduleMemo.group !== group) add('group', scheduleMemo.group, group);
  // Operations change these fields as well, so the definition is compared with the last definition, not with the schedule.
  if (definition.note !== scheduleMemo.note) add('note', scheduleMemo.note, definition.note);
  if (definition.remainingActions !== scheduleMemo.remainingActions)
    add('remainingActions', scheduleMemo.remainingActions, definition.remainingActions);
  if (definition.paused !== undefined && definition.paused !== description.state.paused)
    add('paused', description.state.paused, definition.paused);
  return changes;
}

const FIELD_FORMATTERS: Partial<Record<keyof SchedulePlan, (plan: SchedulePlan) => string>> = {
  calendars: ({ calendars }) => calendars.map(formatCalendar).join('; '),
  intervals: ({ intervals }) => intervals.map(formatInterval).join('; '),
  skip: ({ skip }) => skip.map(formatCalendar).join('; '),
  timeZone: ({ timeZone }) => timeZone,
  start: ({ start }) => start ?? '',
  end: ({ end }) => end ?? '',
  jitterMs: ({ jitterMs }) => formatDuration(jitterMs),
  overlap: ({ overlap }) => overlap,
  catchUpMs: ({ catchUpMs }) => formatDuration(catchUpMs),
  pauseOnFailure: ({ pauseOnFailure }) => String(pauseOnFailure),
  workflowType: ({ workflowType }) => workflowType,
  taskQueue: ({ taskQueue }) => taskQueue,
  priority: ({ priority }) => (priority ? JSON.stringify(priority) : ''),
};

function formatInterval({ everyMs, offsetMs }: SchedulePlan['intervals'][number]): string {
  return `every ${formatDuration(everyMs)}${offsetMs > 0 ? ` + ${formatDuration(offsetMs)}` : ''}`;
}

function formatCalendar({ comment, ...fields }: Calendar): string {
  if (comment) return comment;
  const restrictedFields = (Object.entries(fields) as [CalendarFieldName, number[]][]).filter(
    ([name, values]) => values.length > 0 && !(UNRESTRICTED_LENGTHS[name] ?? []).includes(values.length),
  );
  return restrictedFields.map(([name, values]) => `${name} ${values.join(',')}`).join(', ');
}

/** The number of values with which a field matches always. */
const UNRESTRICTED_LENGTHS: Partial<Record<CalendarFieldName, number[]>> = {
  dayOfMonth: [31],
  month: [12],
  dayOfWeek: [7],
};

/** Removes comments and sorts, since neither comments nor the order change the times. */
function toComparable(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value
    .map((one: unknown) => {
      if (typeof one !== 'object' || one === null) return JSON.stringify(one);
      const { comment: _, ...rest } = one as { comment?: string };
      return JSON.stringify(rest);
    })
    .sort();
}

function diffInput(current: SchedulePlan, plan: SchedulePlan): FieldChange[] {
  const name =
    plan.workflowType === AGENT_RUN_WORKFLOW_TYPE
      ? 'run'
      : plan.workflowType === BATCH_WORKFLOW_TYPE
        ? 'batch'
        : 'workflow.args';
  const whole = name === 'workflow.args';
  const paths = whole ? changedPaths(current.args, plan.args, name) : changedPaths(current.args[0], plan.args[0], name);
  return paths.map((field) => ({ field }));
}

function changedPaths(a: unknown, b: unknown, path: string): string[] {
  if (isSameJson(a, b)) return [];
  const isPlain = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isPlain(a) || !isPlain(b)) return [path];
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return names.flatMap((name) => changedPaths(left[name], right[name], `${path}.${name}`));
}
