import type { ScheduleDescription } from '@temporalio/client';
import { BATCH_WORKFLOW_TYPE } from '../../contract/batches/batch-contract';
import { AGENT_RUN_WORKFLOW_TYPE } from '../../contract/names';
import type { AgentRunInput } from '../../contract/run-input';
import { ScheduleConflictError } from '../errors';
import { isUnreadable } from '../../temporal/memo-reader';
import {
  type Calendar,
  type CalendarFieldName,
  FIELD_RULES,
  toFieldNumber,
  parseCalendar,
  parseCron,
} from './calendar';
import type { CalendarTimes, OverlapPolicy, ScheduleDefinition } from './schedule-definition';
import { DEFAULT_CATCH_UP_MS, formatDuration, type SchedulePlan } from './schedule-plan';

/** Memo field of a schedule of this library, and of the workflows that it starts. */
export const SCHEDULE_MEMO_KEY = 'duvoSchedule';

/** The library's notes on a schedule, kept in the memo of its action. */
export interface ScheduleMemo {
  group?: string;
  /** `note` and `remainingActions` of the last definition. Operations change both, so they are written only on a change. */
  note?: string;
  remainingActions?: number;
}

export type ScheduleKind = 'run' | 'batch' | 'workflow';

/** The current state of a schedule. Times are ISO 8601. */
export interface ScheduleInfo {
  id: string;
  /** Whether this library made the schedule. It changes no others. */
  isOwn: boolean;
  group?: string;
  kind: ScheduleKind;
  /** The agent of the runs; absent when it depends on a batch's items, or when a user's own workflow is started. */
  agentId?: string;
  /**
   * Set when this client cannot decode what the schedule starts, because it was encoded with another codec or key.
   * `definition` then lacks the run, the batch or the arguments, and `group` may be absent.
   */
  actionUnreadable?: true;
  /** The definition that would create this schedule. */
  definition: ScheduleDefinition;
  paused: boolean;
  note?: string;
  remainingActions?: number;
  /** The next times, with jitter. A paused schedule starts nothing at these times. */
  next: string[];
  /** The last starts, the newest last. */
  recent: { scheduledAt: string; startedAt: string; workflowId: string }[];
  /** Ids of the started workflows that still run. */
  running: string[];
  started: number;
  /** Number of starts that were skipped because the former workflow still ran. */
  skipped: number;
  /** Number of starts that were missed for longer than `catchUp`. */
  missed: number;
}

export function toScheduleInfo(description: ScheduleDescription): ScheduleInfo {
  const { scheduleId, state, info, action } = description;
  const plan = planFromDescription(description);
  const scheduleMemo = readScheduleMemo(description);
  const agentId = findAgentId(plan);
  return {
    id: scheduleId,
    isOwn: scheduleMemo !== undefined,
    ...(scheduleMemo?.group && { group: scheduleMemo.group }),
    kind:
      action.workflowType === AGENT_RUN_WORKFLOW_TYPE
        ? 'run'
        : action.workflowType === BATCH_WORKFLOW_TYPE
          ? 'batch'
          : 'workflow',
    ...(agentId && { agentId }),
    ...(isActionUnreadable(description) && { actionUnreadable: true }),
    definition: definitionFromPlan(plan, scheduleMemo),
    paused: state.paused,
    ...(state.note && { note: state.note }),
    ...(state.remainingActions !== undefined && { remainingActions: state.remainingActions }),
    next: info.nextActionTimes.map((at) => at.toISOString()),
    recent: info.recentActions.map(({ scheduledAt, takenAt, action: { workflow } }) => ({
      scheduledAt: scheduledAt.toISOString(),
      startedAt: takenAt.toISOString(),
      workflowId: workflow.workflowId,
    })),
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    started: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}

function findAgentId({ workflowType, args }: SchedulePlan): string | undefined {
  const [input] = args as [(Partial<AgentRunInput> & { template?: { run?: Partial<AgentRunInput> } }) | undefined];
  if (workflowType === AGENT_RUN_WORKFLOW_TYPE) return input?.agentId;
  const agentId = workflowType === BATCH_WORKFLOW_TYPE ? input?.template?.run?.agentId : undefined;
  return agentId?.includes('{{') ? undefined : agentId;
}

export function readScheduleMemo({
  action,
  memo,
}: Pick<ScheduleDescription, 'action' | 'memo'>): ScheduleMemo | undefined {
  const value = action.memo?.[SCHEDULE_MEMO_KEY] ?? memo?.[SCHEDULE_MEMO_KEY];
  return isUnreadable(value) ? {} : (value as ScheduleMemo | undefined);
}

function isActionUnreadable({ action, memo }: Pick<ScheduleDescription, 'action' | 'memo'>): boolean {
  const values = [...((action.args ?? []) as unknown[]), ...Object.values({ ...memo, ...action.memo })];
  return values.some(isUnreadable);
}

/** Refuses to change a schedule that this client cannot decode. @throws ScheduleConflictError */
export function checkReadable(description: ScheduleDescription): void {
  if (!isActionUnreadable(description)) return;
  throw new ScheduleConflictError(
    description.scheduleId,
    'cannot be decoded, so it cannot be compared or changed: use the data converter (DUVO_DATA_CONVERTER or ' +
      '--codec-endpoint) of the client that created it',
  );
}

/** Converts the server's description into a plan, for a comparison. */
export function planFromDescription({ spec, action, policies }: ScheduleDescription): SchedulePlan {
  return {
    calendars: (spec.calendars ?? []).map(toCalendar),
    intervals: (spec.intervals ?? []).map(({ every, offset }) => ({ everyMs: every, offsetMs: offset ?? 0 })),
    skip: (spec.skip ?? []).map(toCalendar),
    timeZone: spec.timezone || 'UTC',
    ...(spec.startAt && { start: spec.startAt.toISOString() }),
    ...(spec.endAt && { end: spec.endAt.toISOString() }),
    jitterMs: spec.jitter ?? 0,
    overlap: (policies.overlap ?? 'SKIP').toLowerCase().replace('_', '-') as OverlapPolicy,
    catchUpMs: policies.catchupWindow,
    pauseOnFailure: policies.pauseOnFailure,
    workflowType: action.workflowType,
    taskQueue: action.taskQueue,
    args: ((action.args ?? []) as readonly unknown[]).filter((arg) => !isUnreadable(arg)),
    ...(action.priority &&
      Object.keys(omitUndefined(action.priority)).length > 0 && { priority: omitUndefined(action.priority) }),
  };
}

function toCalendar(described: object): Calendar {
  const { comment, ...fields } = described as Record<
    CalendarFieldName,
    { start: unknown; end: unknown; step: number }[]
  > & {
    comment?: string;
  };
  const numbers = (Object.keys(FIELD_RULES) as CalendarFieldName[]).map((name) => {
    const values = (fields[name] ?? []).flatMap(({ start, end, step }) => {
      const [from, to] = [toFieldNumber(name, start), toFieldNumber(name, end)];
      return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
    });
    return [name, [...new Set(values)].sort((a, b) => a - b)];
  });
  return { ...(Object.fromEntries(numbers) as Record<CalendarFieldName, number[]>), ...(comment && { comment }) };
}

/** Converts a plan into a definition. A cron expression is recognised by the comment that it was sent with. */
function definitionFromPlan(plan: SchedulePlan, scheduleMemo: ScheduleMemo | undefined): ScheduleDefinition {
  const crons = plan.calendars.filter(isFromCron).map(({ comment }) => comment ?? '');
  const calendars = plan.calendars.filter((one) => !isFromCron(one)).map(toCalendarTimes);
  const { workflowType, args, overlap, start, end, timeZone } = plan;
  const [input] = args as [object | undefined];
  const action =
    workflowType === AGENT_RUN_WORKFLOW_TYPE
      ? { run: input ?? {} }
      : workflowType === BATCH_WORKFLOW_TYPE
        ? { batch: input as ScheduleDefinition['batch'] }
        : { workflow: { type: workflowType, ...(args.length > 0 && { args }) } };
  const intervals = plan.intervals.map(({ everyMs, offsetMs }) =>
    offsetMs === 0 ? formatDuration(everyMs) : { every: formatDuration(everyMs), offset: formatDuration(offsetMs) },
  );
  return {
    ...action,
    ...(crons.length > 0 && { cron: crons.length === 1 ? crons[0] : crons }),
    ...(intervals.length > 0 && { every: intervals.length === 1 ? intervals[0] : intervals }),
    ...(calendars.length > 0 && { calendars }),
    ...(plan.skip.length > 0 && { skip: plan.skip.map(toCalendarTimes) }),
    ...(timeZone !== 'UTC' && { timeZone }),
    ...(start && { start }),
    ...(end && { end }),
    ...(plan.jitterMs > 0 && { jitter: formatDuration(plan.jitterMs) }),
    ...(overlap !== 'skip' && { overlap }),
    ...(plan.catchUpMs !== DEFAULT_CATCH_UP_MS && { catchUp: formatDuration(plan.catchUpMs) }),
    ...(plan.pauseOnFailure && { pauseOnFailure: true }),
    ...(scheduleMemo?.remainingActions !== undefined && { remainingActions: scheduleMemo.remainingActions }),
    ...(scheduleMemo?.note && { note: scheduleMemo.note }),
    taskQueue: plan.taskQueue,
    ...(plan.priority && { priority: plan.priority }),
  };
}

function isFromCron(calendar: Calendar): boolean {
  const { comment, ...fields } = calendar;
  if (!comment) return false;
  try {
    const { comment: _, ...read } = parseCron(comment, '');
    return JSON.stringify(read) === JSON.stringify(fields);
  } catch {
    return false;
  }
}

function toCalendarTimes({ comment, ...fields }: Calendar): CalendarTimes {
  const defaults = parseCalendar({}, '');
  const named = (Object.entries(fields) as [CalendarFieldName, number[]][])
    .filter(([name, values]) => values.join() !== defaults[name].join())
    .map(([name, values]) => [name, values.length === 1 ? values[0] : values]);
  return { ...(Object.fromEntries(named) as CalendarTimes), ...(comment && { comment }) };
}

function omitUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
