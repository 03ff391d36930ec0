import { parseRunInput } from '../../contract/run-plan';
import type { BatchInput } from '../../contract/batches/batch-contract';
import { parseBatchInput } from '../../contract/batches/batch-input';
import { findItemProblem } from '../../contract/batches/check-item';
import { parseDurationMs } from '../../contract/durations';
import {
  anyObject,
  anyValue,
  booleanFlag,
  type Check,
  integer,
  listOf,
  duration,
  object,
  oneOf,
  positiveDuration,
  prefixFieldPath,
  failInvalidInput,
  nonEmptyString,
} from '../../contract/input-checks';
import { priority } from '../../contract/priority';
import { InvalidInputError } from '../errors';
import { type ScheduleDefinition, type ScheduleFile, OVERLAP_POLICIES } from './schedule-definition';
import type { TaskQueueOptions } from '../temporal/start-options';
import { toArray, planFromDefinition, type SchedulePlan } from './schedule-plan';

const valueOrListOf =
  (check: Check): Check =>
  (value, field) => {
    if (!Array.isArray(value)) return check(value, field);
    if (value.length === 0) failInvalidInput(field, 'is an empty list: give at least one');
    value.forEach((one: unknown, index) => check(one, `${field}[${index}]`));
  };
const wholeSeconds =
  (minSeconds: number): Check =>
  (value, field) => {
    duration(value, field);
    const ms = parseDurationMs(value) ?? 0;
    if (ms % 1_000 !== 0) {
      const unit = typeof value === 'number' ? `is ${value} ms: a number without a unit is milliseconds; ` : '';
      failInvalidInput(field, `${unit}${unit ? 'give' : 'must be'} whole seconds, such as 5s`);
    }
    if (ms < minSeconds * 1_000) failInvalidInput(field, `is shorter than ${minSeconds} s: give a longer duration`);
  };
const intervalOrDuration: Check = (value, field) => {
  if (typeof value !== 'object' || value === null) return wholeSeconds(1)(value, field);
  object({ every: wholeSeconds(1), offset: wholeSeconds(0) })(value, field);
  const { every, offset } = value as { every?: unknown; offset?: unknown };
  if (every === undefined || every === null)
    failInvalidInput(`${field}.every`, 'is missing: give the length of the interval');
  if ((parseDurationMs(offset ?? 0) ?? 0) >= (parseDurationMs(every) ?? 0))
    failInvalidInput(`${field}.offset`, 'is not shorter than every: give a shorter offset');
};
const calendarTimes = object({
  ...{ second: anyValue, minute: anyValue, hour: anyValue, dayOfMonth: anyValue },
  ...{ month: anyValue, dayOfWeek: anyValue, year: anyValue, comment: nonEmptyString },
});
const isoTime: Check = (value, field) => {
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

const definition = object({
  run: anyObject,
  batch: anyObject,
  workflow: object({ type: nonEmptyString, args: listOf(anyValue, 'arguments') }),
  cron: valueOrListOf(nonEmptyString),
  every: valueOrListOf(intervalOrDuration),
  calendars: listOf(calendarTimes, 'calendars'),
  skip: listOf(calendarTimes, 'calendars'),
  timeZone,
  start: isoTime,
  end: isoTime,
  jitter: wholeSeconds(0),
  overlap: oneOf(...OVERLAP_POLICIES),
  catchUp: (value, field) => {
    positiveDuration(value, field);
    wholeSeconds(10)(value, field);
  },
  pauseOnFailure: booleanFlag,
  remainingActions: integer(1),
  paused: booleanFlag,
  note: nonEmptyString,
  taskQueue: nonEmptyString,
  priority,
});

export interface CheckedDefinition {
  plan: SchedulePlan;
  /** The definition without the fields that are `null`. */
  definition: ScheduleDefinition;
}

/** Checks a definition. @throws InvalidInputError that names the field, the problem and the fix, and no value */
export function checkDefinition(
  input: ScheduleDefinition,
  path = '',
  options: TaskQueueOptions = {},
): CheckedDefinition {
  return InvalidInputError.fromCheck(() => parseDefinition(input, path, options));
}

/** @throws InvalidInputError */
export function checkScheduleFile(input: unknown): ScheduleFile {
  return InvalidInputError.fromCheck(() => {
    const schedulesById: Check = (value, field) => {
      if (Array.isArray(value)) failInvalidInput(field, 'is a list: write the id of each schedule as a key');
      anyObject(value, field);
    };
    object({ group: nonEmptyString, schedules: schedulesById })(input, '');
    const { group, schedules } = input as Partial<ScheduleFile>;
    if (!schedules) return failInvalidInput('schedules', 'is missing: give the schedules by their ids');
    for (const [id, one] of Object.entries(schedules)) {
      checkScheduleId(id);
      parseDefinition(one, `schedules.${id}.`, {});
    }
    return { ...(group && { group }), schedules };
  });
}

/** @throws InvalidInputError */
export function checkScheduleId(id: unknown): void {
  InvalidInputError.fromCheck(() => {
    // The workflow id adds a prefix and a time, and SQL stores at most 255 characters.
    if (typeof id !== 'string' || !/^\S(.{0,198}\S)?$/u.test(id))
      failInvalidInput('id', 'must be a text of 1 to 200 characters, without spaces at its ends');
  });
}

function parseDefinition(input: ScheduleDefinition, path: string, options: TaskQueueOptions): CheckedDefinition {
  definition(input, path.replace(/\.$/, ''));
  const presentFields = withoutNulls(input);
  const { run, batch, workflow, cron, every, calendars, start, end } = presentFields;
  const actionCount = [run, batch, workflow].filter((one) => one !== undefined).length;
  if (actionCount !== 1) {
    const problem =
      actionCount === 0 ? 'is missing: give what is started' : 'is not the only action: give one thing to start';
    failInvalidInput(`${path}run`, `${problem}, as run, batch or workflow`);
  }
  if (run) checkRunAction(run, `${path}run.`);
  if (batch) checkBatchAction(batch, `${path}batch.`);
  if (workflow && !workflow.type) failInvalidInput(`${path}workflow.type`, 'is missing: give the type of the workflow');
  if ([cron, every, calendars].every((one) => toArray<unknown>(one).length === 0))
    failInvalidInput(`${path}cron`, 'is missing: give the times as cron, every or calendars');
  if (start && end && Date.parse(end) <= Date.parse(start))
    failInvalidInput(`${path}end`, 'is not after start: give a later time, or no end');
  return { plan: planFromDefinition(presentFields, path, options), definition: presentFields };
}

function checkRunAction(run: object, path: string): void {
  for (const field of ['key', 'runId'] as const) {
    if (field in run && (run as Record<string, unknown>)[field])
      failInvalidInput(`${path}${field}`, 'is not allowed in a schedule: every start is a new run');
  }
  prefixFieldPath(path, () => parseRunInput(run));
}

function checkBatchAction(batch: Partial<ScheduleDefinition['batch'] & object>, path: string): void {
  prefixFieldPath(path, () => parseBatchInput(batch));
  if (!batch.items && !batch.source)
    failInvalidInput(`${path}source`, 'is missing: give a source that the workers read at each start, or the items');
  const { template, keyField, items = [] } = batch as BatchInput;
  for (const [at, item] of items.entries()) {
    // The id of each batch is the schedule's id with the time of the start.
    const problem = findItemProblem({ batchId: '', template, keyField }, item);
    if (problem !== undefined) failInvalidInput(`${path}items[${at}]`, `does not fit the batch: ${problem}`);
  }
}

/** Removes fields that are `null`: an empty field in YAML is absent. */
function withoutNulls(input: ScheduleDefinition): ScheduleDefinition {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== undefined));
}

/** @throws InvalidInputError */
export function checkOverlap(overlap: unknown): void {
  if (overlap !== undefined) InvalidInputError.fromCheck(() => oneOf(...OVERLAP_POLICIES)(overlap, 'overlap'));
}
