import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { ComputedDue, DueActivities } from '../../activities';
import type { BusinessCalendar } from '../../contract/gates/times/calendar';
import { parseDueTime } from '../../contract/gates/times/due-times';
import type { GateRecord } from '../gates/gate-types';

/**
 * The computation takes milliseconds and makes no request. It runs on the task queue of the workflow, and is retried until a
 * worker of this queue has the activity.
 */
const OPTIONS: ActivityOptions = { startToCloseTimeout: '30s', retry: { maximumInterval: '60s' } };

/** A check of a calendar: any business duration needs all of it. */
const SHORT_DURATION = { amount: 1, unit: 'minutes' } as const;

export interface DueComputation {
  /** A business duration, such as `2 business days`. */
  rule: string;
  /** When the duration begins, in workflow time. */
  fromMs: number;
  calendar: BusinessCalendar;
  /** What precedes the name of a field in an error message, such as `gate.`. @default '' */
  path?: string;
}

/**
 * Computes a business due time in an activity, because time zones and holidays change with the versions of their data.
 *
 * @throws ActivityFailure whose cause is `Duvo.InvalidInput` when the calendar cannot be used
 */
export function computeDue({ rule, path, ...rest }: DueComputation, timeoutMs?: number): Promise<ComputedDue> {
  const due = parseDueTime(rule);
  const duration = 'business' in due ? due.business : SHORT_DURATION;
  const { computeGateDue } = proxyActivities<DueActivities>({
    ...OPTIONS,
    ...(timeoutMs !== undefined && { scheduleToCloseTimeout: timeoutMs }),
    summary: `${duration.amount} business ${duration.unit}`,
  });
  return computeGateDue({ ...rest, duration, ...(path && { path }) });
}

/** Computes a business due time of a gate with its calendar. */
export function computeDueOfGate(
  { calendar }: GateRecord,
  due: Omit<DueComputation, 'calendar'>,
): Promise<ComputedDue> {
  if (!calendar) throw new Error('computeDueOfGate received a gate without a calendar');
  return computeDue({ ...due, calendar });
}
