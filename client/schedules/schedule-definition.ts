import type { BatchInput, BatchItem, BatchSource } from '../../contract/batch-contract';
import type { AgentRunInput } from '../../contract/runs';
import type { Duration } from '../../contract/durations';
import type { StartPriority } from '../temporal/start-options';

/** What happens at a time when what was started before is still running; Temporal's policies. */
export const OVERLAP_POLICIES = [
  'skip',
  'buffer-one',
  'buffer-all',
  'cancel-other',
  'terminate-other',
  'allow-all',
] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** A number, a name, a range, a step, `*`, as in a field of cron (`'MON-FRI'`, `'*\/15'`, `9`), or a list of them. */
export type CalendarField = string | number | (string | number)[];

/** A time matches when all fields do. */
export interface CalendarTimes {
  /** @default 0 */
  second?: CalendarField;
  /** @default 0 */
  minute?: CalendarField;
  /** @default 0 */
  hour?: CalendarField;
  /** @default every day */
  dayOfMonth?: CalendarField;
  /** @default every month */
  month?: CalendarField;
  /** 0 to 7 (Sunday is both), or a name. @default every day */
  dayOfWeek?: CalendarField;
  /** @default every year */
  year?: CalendarField;
  comment?: string;
}

/** Every so often, counted from the beginning of 1970 in UTC, whatever the time zone. */
export interface Interval {
  every: Duration;
  /** Less than `every`. @default 0 */
  offset?: Duration;
}

/** What a schedule starts: exactly one. */
export interface ScheduledAction {
  /** An agent run: the input of `agentRun`, but no `key` and no `runId`: every start is a new run. */
  run?: Omit<AgentRunInput, 'runId' | 'key'>;
  /**
   * A batch: the input of the workflow `batch`, with its items, which are at most one page of 500, or with a source, which
   * the workers read each time that it starts.
   */
  batch?: BatchInput & ({ items: BatchItem[] } | { source: BatchSource });
  /** A workflow of the user's own. */
  workflow?: { type: string; args?: unknown[] };
}

/** When it starts it: the union of `cron`, `every` and `calendars`, at least one, without `skip`. */
export interface ScheduledTimes {
  /** 5 fields (minute, hour, day of month, month, day of week), 6 (and year) or 7 (second before, year after). */
  cron?: string | string[];
  every?: Duration | Interval | (Duration | Interval)[];
  calendars?: CalendarTimes[];
  /** Times that are left out. */
  skip?: CalendarTimes[];
  /**
   * IANA name of the time zone of `cron`, `calendars` and `skip`. A local time that a change of clocks leaves out is not
   * started on that day; what becomes of one that comes twice is the server's to say: preview tells.
   * @default 'UTC'
   */
  timeZone?: string;
  /** ISO 8601 with an offset; nothing is started before. */
  start?: string;
  /** ISO 8601 with an offset; nothing is started after. */
  end?: string;
  /** Each start is later by a part of this, so that not all schedules start at once. @default 0 */
  jitter?: Duration;
}

/** A schedule, as a file of schedules and the client write it. */
export interface ScheduleDefinition extends ScheduledAction, ScheduledTimes {
  /** @default 'skip' */
  overlap?: OverlapPolicy;
  /** A start that was missed while Temporal was down is made up for when it is not older. At least 10 s. @default '365d' */
  catchUp?: Duration;
  /** Pauses itself when what it started fails or times out. @default false */
  pauseOnFailure?: boolean;
  /** Starts so many more, then no more. Counted down by the server; written again only when this number is changed. */
  remainingActions?: number;
  /** Absent: as it is; a new schedule is not paused. */
  paused?: boolean;
  /** Shown beside the schedule, until a pause or a resume says something else. */
  note?: string;
  /** Task queue of the workflow. @default that of the client */
  taskQueue?: string;
  priority?: StartPriority;
}

/** A file of schedules. */
export interface ScheduleFile {
  /** Whose schedules these are: `prune` deletes only those of the same group. */
  group?: string;
  schedules: Record<string, ScheduleDefinition>;
}
