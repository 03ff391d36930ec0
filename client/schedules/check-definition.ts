import { parseRunInput } from '../../contract/run-input';
import type { BatchInput } from '../../contract/batch-contract';
import { parseDurationMs } from '../../contract/durations';
import {
  type Check,
  duration,
  object,
  oneOf,
  positiveDuration,
  failInvalidInput,
  nonEmptyString,
} from '../../contract/input-checks';
import { priority } from '../../contract/priority-check';
import { checkBatch as checkBatchInput, underPath } from '../batches/check-batch';
import { InvalidInputError } from '../errors';
import { type ScheduleDefinition, type ScheduleFile, OVERLAPS } from './definition';
import { listOf, type PlanOptions, planSchedule, type SchedulePlan } from './plan';

const flag: Check = (value, field) => {
  if (typeof value !== 'boolean') failInvalidInput(field, 'must be true or false');
};
const list =
  (check: Check, what: string): Check =>
  (value, field) => {
    if (!Array.isArray(value)) return failInvalidInput(field, `must be a list of ${what}`);
    value.forEach((one: unknown, index) => check(one, `${field}[${index}]`));
  };
const oneOrMore =
  (check: Check): Check =>
  (value, field) => {
    if (!Array.isArray(value)) return check(value, field);
    if (value.length === 0) failInvalidInput(field, 'is an empty list: give at least one');
    value.forEach((one: unknown, index) => check(one, `${field}[${index}]`));
  };
const anything: Check = () => undefined;
const fields: Check = (value, field) => {
  if (typeof value !== 'object' || Array.isArray(value)) failInvalidInput(field, 'must be an object');
};
const seconds =
  (least: number): Check =>
  (value, field) => {
    duration(value, field);
    const ms = parseDurationMs(value) ?? 0;
    if (ms % 1_000 !== 0) failInvalidInput(field, 'must be whole seconds: Temporal counts no finer');
    if (ms < least * 1_000) failInvalidInput(field, `is shorter than ${least} s: give a longer duration`);
  };
const interval: Check = (value, field) => {
  if (typeof value !== 'object' || value === null) return seconds(1)(value, field);
  object({ every: seconds(1), offset: seconds(0) })(value, field);
  const { every, offset } = value as { every?: unknown; offset?: unknown };
  if (every === undefined || every === null)
    failInvalidInput(`${field}.every`, 'is missing: give the length of the interval');
  if ((parseDurationMs(offset ?? 0) ?? 0) >= (parseDurationMs(every) ?? 0))
    failInvalidInput(`${field}.offset`, 'is not shorter than every: give a shorter one');
};
const calendar = object({
  ...{ second: anything, minute: anything, hour: anything, dayOfMonth: anything },
  ...{ month: anything, dayOfWeek: anything, year: anything, comment: nonEmptyString },
});
const time: Check = (value, field) => {
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/i.test(value);
  if (!isTime || Number.isNaN(Date.parse(value)))
    failInvalidInput(field, 'must be an ISO 8601 time with its offset, such as 2027-01-01T00:00:00Z');
};
const timeZone: Check = (value, field) => {
  const problem = 'must be an IANA time zone, such as Europe/Berlin or UTC';
  if (typeof value !== 'string' || !/^[A-Z]/i.test(value)) return failInvalidInput(field, problem);
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
  } catch {
    failInvalidInput(field, problem);
  }
};
const count: Check = (value, field) => {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    failInvalidInput(field, 'must be a whole number from 1 on');
};

const definition = object({
  run: fields,
  batch: fields,
  workflow: object({ type: nonEmptyString, args: list(anything, 'arguments') }),
  cron: oneOrMore(nonEmptyString),
  every: oneOrMore(interval),
  calendars: list(calendar, 'calendars'),
  skip: list(calendar, 'calendars'),
  timeZone,
  start: time,
  end: time,
  jitter: seconds(0),
  overlap: oneOf(...OVERLAPS),
  catchUp: (value, field) => {
    positiveDuration(value, field);
    seconds(10)(value, field);
  },
  pauseOnFailure: flag,
  remainingActions: count,
  paused: flag,
  note: nonEmptyString,
  taskQueue: nonEmptyString,
  priority,
});

export interface CheckedDefinition {
  plan: SchedulePlan;
  /** Without the fields that are `null`. */
  definition: ScheduleDefinition;
}

/** @throws InvalidInputError that names the field, what is wrong with it and what mends it, and no value */
export function checkDefinition(input: ScheduleDefinition, at = '', options: PlanOptions = {}): CheckedDefinition {
  return InvalidInputError.from(() => checked(input, at, options));
}

/** @throws InvalidInputError */
export function checkFile(input: unknown): ScheduleFile {
  return InvalidInputError.from(() => {
    object({ group: nonEmptyString, schedules: fields })(input, '');
    const { group, schedules } = input as Partial<ScheduleFile>;
    if (!schedules) return failInvalidInput('schedules', 'is missing: give the schedules by their ids');
    for (const [id, one] of Object.entries(schedules)) {
      checkId(id);
      checked(one, `schedules.${id}.`, {});
    }
    return { ...(group && { group }), schedules };
  });
}

/** @throws InvalidInputError */
export function checkId(id: unknown): void {
  InvalidInputError.from(() => {
    // The workflow's id is longer, and ends at 255 characters on SQL.
    if (typeof id !== 'string' || !/^\S(.{0,198}\S)?$/u.test(id))
      failInvalidInput('id', 'must be a text of 1 to 200 characters, without space at its ends');
  });
}

function checked(input: ScheduleDefinition, at: string, options: PlanOptions): CheckedDefinition {
  definition(input, at.replace(/\.$/, ''));
  const own = withoutNulls(input);
  const { run, batch, workflow, cron, every, calendars, start, end } = own;
  const actions = [run, batch, workflow].filter((one) => one !== undefined).length;
  if (actions !== 1) {
    const problem = actions === 0 ? 'is missing: give what is started' : 'is not alone: give one thing that is started';
    failInvalidInput(`${at}run`, `${problem}, as run, batch or workflow`);
  }
  if (run) checkRun(run, `${at}run.`);
  if (batch) checkBatch(batch, `${at}batch.`);
  if (workflow && !workflow.type) failInvalidInput(`${at}workflow.type`, 'is missing: give the type of the workflow');
  if ([cron, every, calendars].every((one) => listOf<unknown>(one).length === 0))
    failInvalidInput(`${at}cron`, 'is missing: give the times as cron, every or calendars');
  if (start && end && Date.parse(end) <= Date.parse(start))
    failInvalidInput(`${at}end`, 'is not after start: give a later time, or none');
  return { plan: planSchedule(own, at, options), definition: own };
}

function checkRun(run: object, at: string): void {
  for (const field of ['key', 'runId'] as const) {
    if (field in run && (run as Record<string, unknown>)[field])
      failInvalidInput(`${at}${field}`, 'does not go with a schedule: every start is a run of its own');
  }
  underPath(at, () => parseRunInput(run));
}

function checkBatch(batch: Partial<ScheduleDefinition['batch'] & object>, at: string): void {
  underPath(at, () => checkBatchInput(batch as BatchInput));
  if (!batch.items && !batch.source)
    failInvalidInput(
      `${at}source`,
      'is missing: a batch that is scheduled has a source that the workers read, or its items',
    );
}

/** A field that is `null` (as an empty one in YAML) is absent. */
function withoutNulls(input: ScheduleDefinition): ScheduleDefinition {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== undefined));
}

/** @throws InvalidInputError */
export function checkOverlap(overlap: unknown): void {
  if (overlap !== undefined) InvalidInputError.from(() => oneOf(...OVERLAPS)(overlap, 'overlap'));
}
