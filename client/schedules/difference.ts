import type { ScheduleDescription } from '@temporalio/client';
import { BATCH_WORKFLOW_TYPE } from '../../contract/batch-contract';
import { AGENT_RUN_WORKFLOW_TYPE } from '../../contract/run-contract';
import { isSameJson } from '../../items/input-digest';
import type { Calendar, FieldName } from './calendar';
import type { ScheduleDefinition } from './definition';
import { markOf, planOf } from './describe';
import { durationText } from './duration-text';
import type { SchedulePlan } from './plan';

/** A field that is not as it should be. What is given to the workflow is named, but not shown. */
export interface FieldChange {
  field: string;
  from?: string;
  to?: string;
}

/** What is wanted of a schedule: its plan, and the parts that are not in the plan. */
export interface Wanted {
  plan: SchedulePlan;
  definition: ScheduleDefinition;
  /** `undefined`: as it is. */
  group?: string;
}

/** What has to be changed for the schedule to be as wanted; nothing when it is. */
export function differenceOf(wanted: Wanted, found: ScheduleDescription): FieldChange[] {
  const is = planOf(found);
  const mark = markOf(found) ?? {};
  const { plan, definition, group } = wanted;
  const changes: FieldChange[] = [];
  for (const [field, show] of Object.entries(SHOWN) as [keyof SchedulePlan, (plan: SchedulePlan) => string][]) {
    if (!isSameJson(comparable(is[field]), comparable(plan[field])))
      changes.push({ field, from: show(is), to: show(plan) });
  }
  changes.push(...inputChanges(is, plan));
  const add = (field: string, from: string | number | boolean | undefined, to: typeof from) =>
    changes.push({
      field,
      ...(from !== undefined && { from: String(from) }),
      ...(to !== undefined && { to: String(to) }),
    });
  if (group !== undefined && mark.group !== group) add('group', mark.group, group);
  // Changed in operation as well: what counts is whether the definition has changed.
  if (definition.note !== mark.note) add('note', mark.note, definition.note);
  if (definition.remainingActions !== mark.remainingActions)
    add('remainingActions', mark.remainingActions, definition.remainingActions);
  if (definition.paused !== undefined && definition.paused !== found.state.paused)
    add('paused', found.state.paused, definition.paused);
  return changes;
}

const SHOWN: Partial<Record<keyof SchedulePlan, (plan: SchedulePlan) => string>> = {
  calendars: ({ calendars }) => calendars.map(calendarText).join('; '),
  intervals: ({ intervals }) => intervals.map(intervalText).join('; '),
  skip: ({ skip }) => skip.map(calendarText).join('; '),
  timeZone: ({ timeZone }) => timeZone,
  start: ({ start }) => start ?? '',
  end: ({ end }) => end ?? '',
  jitterMs: ({ jitterMs }) => durationText(jitterMs),
  overlap: ({ overlap }) => overlap,
  catchUpMs: ({ catchUpMs }) => durationText(catchUpMs),
  pauseOnFailure: ({ pauseOnFailure }) => String(pauseOnFailure),
  workflowType: ({ workflowType }) => workflowType,
  taskQueue: ({ taskQueue }) => taskQueue,
  priority: ({ priority }) => (priority ? JSON.stringify(priority) : ''),
};

/** When a schedule starts, in one line. */
export function timesText({ calendars, intervals, skip, timeZone }: SchedulePlan): string {
  const times = [...calendars.map(calendarText), ...intervals.map(intervalText)].join('; ');
  const without = skip.length > 0 ? ` but ${skip.map(calendarText).join('; ')}` : '';
  return `${times}${without}${calendars.length > 0 ? ` (${timeZone})` : ''}`;
}

function intervalText({ everyMs, offsetMs }: SchedulePlan['intervals'][number]): string {
  return `every ${durationText(everyMs)}${offsetMs > 0 ? ` + ${durationText(offsetMs)}` : ''}`;
}

function calendarText({ comment, ...fields }: Calendar): string {
  if (comment) return comment;
  const named = (Object.entries(fields) as [FieldName, number[]][]).filter(
    ([name, values]) => values.length > 0 && !(COMMON[name] ?? []).includes(values.length),
  );
  return named.map(([name, values]) => `${name} ${values.join(',')}`).join(', ');
}

/** Lengths of fields that say nothing: all of them. */
const COMMON: Partial<Record<FieldName, number[]>> = { dayOfMonth: [31], month: [12], dayOfWeek: [7] };

/** Without comments, and in one order: neither changes when something is started. */
function comparable(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value
    .map((one: unknown) => {
      if (typeof one !== 'object' || one === null) return JSON.stringify(one);
      const { comment: _, ...rest } = one as { comment?: string };
      return JSON.stringify(rest);
    })
    .sort();
}

function inputChanges(is: SchedulePlan, plan: SchedulePlan): FieldChange[] {
  const name =
    plan.workflowType === AGENT_RUN_WORKFLOW_TYPE
      ? 'run'
      : plan.workflowType === BATCH_WORKFLOW_TYPE
        ? 'batch'
        : 'workflow.args';
  const whole = name === 'workflow.args';
  const paths = whole ? changedPaths(is.args, plan.args, name) : changedPaths(is.args[0], plan.args[0], name);
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
