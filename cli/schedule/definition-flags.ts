import type { Command } from 'commander';
import type { ScheduleDefinition, ScheduleUpdate } from '../../client';
import { UsageError } from '../exit-codes';
import { type PriorityFlags, parsePriorityFlags, addPriorityFlags } from '../flags/priority-flags';
import { parseYamlFile } from './parse-yaml-file';

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

/** Flags that say what a schedule starts, and when. Calendars and times that are left out stand in a file. */
export function addDefinitionFlags(command: Command): Command {
  return addPriorityFlags(command)
    .option('--agent <id>', 'starts a run of this agent')
    .option('--message <text>', '… which is told this')
    .option('--sandbox <id>', '… in this sandbox')
    .option('--deadline <duration>', '… with this time for queue and agent together')
    .option('--batch <file>', 'starts a batch: YAML or JSON with its template, and its source or items')
    .option('--workflow <type>', 'starts a workflow of your own')
    .option('--args <json>', '… with these arguments: a list in JSON')
    .option('--cron <expression>', "times by cron, e.g. '0 2 * * MON-FRI'; may be given more than once", collectValues)
    .option('--every <duration>', 'times by an interval, e.g. 6h; may be given more than once', collectValues)
    .option('--offset <duration>', '… shifted by this')
    .option('--time-zone <name>', 'IANA time zone of cron, e.g. Europe/Berlin (default: UTC)')
    .option('--start <time>', 'nothing before; ISO 8601 with an offset')
    .option('--end <time>', 'nothing after; ISO 8601 with an offset')
    .option('--jitter <duration>', 'each start is later by a part of this')
    .option(
      '--overlap <policy>',
      'when the former still runs: skip (default), buffer-one, buffer-all, cancel-other, terminate-other, allow-all',
    )
    .option('--catch-up <duration>', 'what was missed while Temporal was down is made up for this long (default: 365d)')
    .option('--pause-on-failure', 'pause when what was started fails')
    .option('--remaining <n>', 'so many starts, then no more')
    .option('--note <text>', 'shown beside the schedule')
    .option('--task-queue <name>', 'task queue of the workflows (default: DUVO_TASK_QUEUE, else duvo)')
    .option(
      '--api-task-queue <name>',
      'task queue of the Duvo activities (default: DUVO_API_TASK_QUEUE, else duvo-api)',
    );
}

/**
 * What the flags say; what they do not say is absent.
 *
 * @param current the schedule that is changed: a flag of its run changes that run
 * @throws UsageError
 */
export function parseDefinitionFlags(flags: DefinitionFlags, current: ScheduleDefinition = {}): ScheduleUpdate {
  const { agent: agentId, message, sandbox: sandboxId, deadline, workflow: type, batch } = flags;
  const { cron, every, offset, timeZone, start, end, jitter, overlap, catchUp, pauseOnFailure, paused, note } = flags;
  if (offset !== undefined && !every) throw new UsageError('--offset: goes with --every');
  const runFields = omitUndefined({ agentId, message, sandboxId, deadline });
  const run = Object.keys(runFields).length > 0 ? { ...current.run, ...runFields } : undefined;
  const intervals = every?.map((length) => (offset === undefined ? length : { every: length, offset }));
  return omitUndefined({
    run,
    batch: batch === undefined ? undefined : (parseYamlFile(batch) as ScheduleDefinition['batch']),
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

function parseWorkflowFlags(type: string | undefined, args: string | undefined, current: ScheduleDefinition) {
  if (type === undefined && args === undefined) return undefined;
  const name = type ?? current.workflow?.type;
  if (name === undefined) throw new UsageError('--args: goes with --workflow');
  return {
    type: name,
    ...(args === undefined ? current.workflow?.args && { args: current.workflow.args } : parseArgsFlag(args)),
  };
}

function parseArgsFlag(args: string): { args: unknown[] } {
  try {
    const list: unknown = JSON.parse(args);
    if (Array.isArray(list)) return { args: list };
  } catch {
    // Said below.
  }
  throw new UsageError('--args: must be a list in JSON, such as \'[{"number": 4711}]\'');
}

function omitUndefined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
