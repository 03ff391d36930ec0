import type { BatchInput, BatchItem, BatchSource } from '../../contract/batches/batch-contract';
import type { AgentRunInput } from '../../contract/run-input';
import type { Duration } from '../../contract/durations';
import type { StartPriority } from '../temporal/start-options';

/** Temporal's policies for a start whose predecessor still runs. */
export const OVERLAP_POLICIES = [
  'skip',
  'buffer-one',
  'buffer-all',
  'cancel-other',
  'terminate-other',
  'allow-all',
] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** A field of cron, such as `'MON-FRI'`, `'*\/15'` or `9`, or a list of them. */
export type CalendarField = string | number | (string | number)[];

/** A time matches when all fields match. */
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

/** A fixed interval, counted from 1970-01-01T00:00:00Z in every time zone. */
export interface Interval {
  every: Duration;
  /** Less than `every`. @default 0 */
  offset?: Duration;
}

/** What a schedule starts: exactly one of the fields. */
export interface ScheduledAction {
  /** An agent run: the input of `agentRun` without `key` and `runId`, since every start is a new run. */
  run?: Omit<AgentRunInput, 'runId' | 'key'>;
  /**
   * A batch: the input of the workflow `batch`, either with items (one page, at most 500) or with a source, which the
   * workers read at each start.
   */
  batch?: BatchInput & ({ items: BatchItem[] } | { source: BatchSource });
  /** A user's own workflow. */
  workflow?: { type: string; args?: unknown[] };
}

/** The times of the starts: those of `cron`, `every` and `calendars` (at least one of them), except those of `skip`. */
export interface ScheduledTimes {
  /**
   * 5 fields (minute, hour, day of month, month, day of week), 6 (and year) or 7 (second before, year after). A time must
   * match all fields: `0 0 13 * FRI` means Friday the 13th, unlike in the program `cron`.
   */
  cron?: string | string[];
  every?: Duration | Interval | (Duration | Interval)[];
  calendars?: CalendarTimes[];
  /** Times at which nothing is started. */
  skip?: CalendarTimes[];
  /**
   * IANA name of the time zone of `cron`, `calendars` and `skip`. When the clock changes, a local time that does not exist
   * on a day has no start on that day. The server decides about a local time that exists twice; `preview` shows it.
   * @default 'UTC'
   */
  timeZone?: string;
  /** Nothing is started before this time, ISO 8601 with an offset. */
  start?: string;
  /** Nothing is started after this time, ISO 8601 with an offset. */
  end?: string;
  /** Each start is delayed by a random part of this, so that schedules do not all start at once. @default 0 */
  jitter?: Duration;
}

/** The definition of a schedule, in a file of schedules or in a call. */
export interface ScheduleDefinition extends ScheduledAction, ScheduledTimes {
  /** @default 'skip' */
  overlap?: OverlapPolicy;
  /** Maximum delay of a start that Temporal missed because it was down. At least 10 s. @default '365d' */
  catchUp?: Duration;
  /** Whether the schedule pauses itself when a workflow that it started fails or times out. @default false */
  pauseOnFailure?: boolean;
  /**
   * Number of starts that remain. The server reduces it with each start. An update of the schedule writes this number only
   * when the definition has another number than before.
   */
  remainingActions?: number;
  /** Absent: an existing schedule stays as it is, and a new one is not paused. */
  paused?: boolean;
  /** Shown with the schedule, until a pause or a resume replaces it. */
  note?: string;
  /** Task queue of the workflow. @default the task queue of the client */
  taskQueue?: string;
  priority?: StartPriority;
}

/** A file of schedules. */
export interface ScheduleFile {
  /** The owner of these schedules: `prune` deletes only schedules of the same group. */
  group?: string;
  schedules: Record<string, ScheduleDefinition>;
}
