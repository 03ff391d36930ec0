import type { Command } from 'commander';
import type { ScheduleDefinition, ScheduleUpdate } from '../../client';
import { UsageError } from '../exit-codes';
import { addTaskQueueFlags } from '../flags/task-queue-flags';
import { parseJsonList } from '../flags/parse-json-list';
import { type FieldOrigin, flagOrigins } from '../flags/name-flags';
import { type PriorityFlags, parsePriorityFlags, addPriorityFlags, priorityOrigins } from '../flags/priority-flags';
import { readYamlFile } from '../flags/read-file';

export interface DefinitionFlags extends PriorityFlags {
  agent?: string;
  message?: string;
  sandbox?: string;
  deadline?: string;
  batch?: string;
  workflow?: string;
  args?: string;
  cron?: string[];
  every?: string[];
  offset?: string;
  timeZone?: string;
  start?: string;
  end?: string;
  jitter?: string;
  overlap?: ScheduleDefinition['overlap'];
  catchUp?: string;
  pauseOnFailure?: boolean;
  remaining?: string;
  paused?: boolean;
  note?: string;
  taskQueue?: string;
}

const collectValues = (one: string, all: string[] = []) => [...all, one];

/**
 * Adds the flags for the action and the times of a schedule. Calendars and excluded times can only be set in a file
 * (`schedule apply`).
 */
export function addDefinitionFlags(command: Command): Command {
  const described = addPriorityFlags(command)
    .option('--agent <id>', 'start a run of this agent')
    .option('--message <text>', 'with --agent: the first message')
    .option('--sandbox <id>', 'with --agent: sandbox that the agent works in')
    .option('--deadline <duration>', 'with --agent: limit of queue and agent time')
    .option('--batch <file>', 'start a batch: YAML or JSON file with its template, and its source or items')
    .option('--workflow <type>', 'start a workflow of this type')
    .option('--args <json>', 'with --workflow: its arguments, a list in JSON')
    .option('--cron <expression>', "times by cron, e.g. '0 2 * * MON-FRI'; repeatable", collectValues)
    .option('--every <duration>', 'times by an interval, e.g. 6h; repeatable', collectValues)
    .option('--offset <duration>', 'with --every: shift of the interval')
    .option('--time-zone <name>', 'IANA time zone of --cron, e.g. Europe/Berlin (default: UTC)')
    .option('--start <time>', 'no starts before this time, ISO 8601 with an offset')
    .option('--end <time>', 'no starts after this time, ISO 8601 with an offset')
    .option('--jitter <duration>', 'delay each start by a random part of this')
    .option(
      '--overlap <policy>',
      'while the previous start still runs: skip (default), buffer-one, buffer-all, cancel-other, terminate-other, allow-all',
    )
    .option(
      '--catch-up <duration>',
      'make up for starts missed while Temporal was down, up to this age (default: 365d)',
    )
    .option('--pause-on-failure', 'pause the schedule when a start fails')
    .option('--remaining <n>', 'maximum number of starts')
    .option('--note <text>', 'shown beside the schedule');
  return addTaskQueueFlags(described);
}

/**
 * Returns the fields of a schedule's definition that the flags set; other fields are absent.
 * @param current the definition before an update. A flag such as `--message` changes only that field of the current run
 * input.
 * @throws UsageError
 */
export function parseDefinitionFlags(flags: DefinitionFlags, current: ScheduleDefinition = {}): ScheduleUpdate {
  const { agent: agentId, message, sandbox: sandboxId, deadline, workflow: type, batch } = flags;
  const { cron, every, offset, timeZone, start, end, jitter, overlap, catchUp, pauseOnFailure, paused, note } = flags;
  if (offset !== undefined && !every) throw new UsageError('--offset: goes with --every');
  if (type !== undefined) {
    const given = Object.entries({ '--message': message, '--sandbox': sandboxId, '--deadline': deadline });
    for (const [flag, value] of given)
      if (value !== undefined && agentId === undefined)
        throw new UsageError(`${flag}: goes with --agent, not with --workflow`);
  }
  const runFields = omitUndefined({ agentId, message, sandboxId, deadline });
  const run = Object.keys(runFields).length > 0 ? { ...current.run, ...runFields } : undefined;
  const intervals = every?.map((length) => (offset === undefined ? length : { every: length, offset }));
  return omitUndefined({
    run,
    batch: batch === undefined ? undefined : (readYamlFile(batch) as ScheduleDefinition['batch']),
    workflow: parseWorkflowFlags(type, flags.args, current),
    cron,
    every: intervals,
    timeZone,
    start,
    end,
    jitter,
    overlap,
    catchUp,
    pauseOnFailure,
    remainingActions: flags.remaining === undefined ? undefined : Number(flags.remaining),
    paused,
    note,
    taskQueue: flags.taskQueue,
    priority: parsePriorityFlags(flags),
  });
}

/** Returns the flags of the fields of a definition, for errors. */
export function definitionOrigins(flags: DefinitionFlags): FieldOrigin[] {
  const { agent, sandbox, deadline, batch, workflow, cron = [], every = [], offset, timeZone, start, end } = flags;
  const own = flagOrigins({
    'run.agentId': ['--agent', agent],
    'run.message': ['--message'],
    'run.sandboxId': ['--sandbox', sandbox],
    'run.deadline': ['--deadline', deadline],
    'workflow.type': ['--workflow', workflow],
    'workflow.args': ['--args'],
    cron: ['--cron', cron.join("', '") || undefined],
    every: ['--every', every.join("', '") || undefined],
    ...Object.fromEntries(cron.map((one, index) => [`cron[${index}]`, ['--cron', one]])),
    ...Object.fromEntries(every.map((one, index) => [`every[${index}]`, ['--every', one]])),
    ...Object.fromEntries(every.map((one, index) => [`every[${index}].every`, ['--every', one]])),
    ...Object.fromEntries(every.map((_one, index) => [`every[${index}].offset`, ['--offset', offset]])),
    timeZone: ['--time-zone', timeZone],
    start: ['--start', start],
    end: ['--end', end],
    jitter: ['--jitter', flags.jitter],
    overlap: ['--overlap', flags.overlap],
    catchUp: ['--catch-up', flags.catchUp],
    remainingActions: ['--remaining', flags.remaining],
    note: ['--note'],
    taskQueue: ['--task-queue', flags.taskQueue],
  });
  return [
    ...own,
    ...priorityOrigins(flags),
    ...(batch === undefined ? [] : [{ field: 'batch', flag: '--batch', file: batch }]),
  ];
}

function parseWorkflowFlags(type: string | undefined, args: string | undefined, current: ScheduleDefinition) {
  if (type === undefined && args === undefined) return undefined;
  const name = type ?? current.workflow?.type;
  if (name === undefined) throw new UsageError('--args: goes with --workflow');
  return {
    type: name,
    ...(args === undefined
      ? current.workflow?.args && { args: current.workflow.args }
      : { args: parseJsonList(args, '--args') }),
  };
}

function omitUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
