import type { Command } from 'commander';
import { mergeDefinition, type ScheduleDefinition, type SchedulesClient } from '../../client';
import { collect } from '../collect';
import { UsageError } from '../exit-codes';
import { addExamples } from '../flags/examples';
import { flagOrigins, withFlagNames } from '../flags/name-flags';
import type { Output } from '../terminal/output';
import { type ConnectionFlags, addConnectionFlags, withSchedules } from '../connection';
import { addApply } from './apply';
import { isConfirmed } from '../terminal/prompts';
import { type DefinitionFlags, parseDefinitionFlags, addDefinitionFlags, definitionOrigins } from './definition-flags';
import { addOperationCommands } from './operations';
import { showSchedule, showSchedules } from './show';
import { formatNextTimes } from './format-times';

interface Flags extends ConnectionFlags {
  json?: boolean;
}

interface CreateFlags extends Flags, DefinitionFlags {
  taskQueue?: string;
  group?: string;
  yes?: boolean;
  dryRun?: boolean;
}

export function addSchedules(program: Command, output: Output): void {
  const schedules = program
    .command('schedule')
    .description('starts at given times: create, update, apply, list, show, pause, resume, trigger, backfill, delete');

  addCreate(schedules, output);
  addUpdate(schedules, output);
  addApply(schedules, output);
  addOperationCommands(schedules, output);

  const list = addConnectionFlags(schedules.command('list'))
    .description('list schedules, by their ids')
    .option('--group <name>', 'only schedules of this group')
    .option('--agent <id>', 'only schedules that start runs of this agent')
    .option('--all', 'also schedules that were not created by this command or library')
    .action(({ group, agent: agentId, all, ...flags }: Flags & { group?: string; agent?: string; all?: boolean }) =>
      withSchedules(flags, async (client) => {
        const found = await collect(client.list({ group, agentId, all }));
        if (flags.json) output.print(JSON.stringify(found));
        else showSchedules(found, output);
      }),
    );
  addExamples(list, 'schedule list', 'schedule list --group finance --json');

  const show = addConnectionFlags(schedules.command('show <id>'))
    .description('show what a schedule starts and when, its last starts and its next ones')
    .action((id: string, flags: Flags) =>
      withSchedules(flags, async (client) => {
        const info = await client.show(id);
        if (flags.json) output.print(JSON.stringify(info));
        else showSchedule(info, output);
      }),
    );
  addExamples(show, 'schedule show nightly');
}

function addCreate(schedules: Command, output: Output): void {
  const command = addConnectionFlags(addDefinitionFlags(schedules.command('create <id>')))
    .description('create a schedule; shows its next starts first, and asks for confirmation')
    .option('--paused', 'create it paused')
    .option('--group <name>', "group of the schedule, for schedule list and for apply's --prune")
    .option('--dry-run', 'only show the next starts')
    .option('--yes', 'do not ask for confirmation')
    .action((id: string, flags: CreateFlags) => {
      const definition = parseNewDefinition(flags);
      return withNamedSchedules(id, flags, async (client) => {
        const next = await client.preview(definition);
        checkEnd(next);
        if (flags.dryRun && flags.json) return output.print(JSON.stringify({ id, next }));
        const lines = formatNextTimes(next, definition).join('\n');
        if (flags.json) output.note(lines);
        else output.print(lines);
        if (flags.dryRun) return;
        if (!(await isConfirmed(`Create the schedule ${id}?`, flags, output)))
          return output.note('nothing was created');
        const info = await client.create(id, definition, { group: flags.group });
        output.print(flags.json ? JSON.stringify(info) : `${id}: created`);
      });
    });
  addExamples(
    command,
    "schedule create nightly --agent 4f1c… --message 'Check the inbox' --cron '0 2 * * MON-FRI' --time-zone Europe/Berlin",
    'schedule create sync --batch sync-batch.yaml --every 6h --dry-run',
  );
}

function addUpdate(schedules: Command, output: Output): void {
  const command = addConnectionFlags(addDefinitionFlags(schedules.command('update <id>')))
    .description(
      'change the fields that the flags give; times, or an action of another kind, replace the old ones; ' +
        'shows the next starts first, and asks for confirmation',
    )
    .option('--dry-run', 'only show the next starts')
    .option('--yes', 'do not ask for confirmation')
    .action((id: string, flags: CreateFlags) =>
      withNamedSchedules(id, flags, async (client) => {
        const { definition: current, isOwn, actionUnreadable } = await client.show(id);
        const change = parseDefinitionFlags(flags, current);
        const changed = Object.keys(change).join(', ');
        if (changed === '') throw new UsageError('nothing to change: give a flag such as --cron or --message');
        // The update request itself refuses a schedule that this library did not create, or that cannot be decoded.
        if (isOwn && !actionUnreadable) {
          const definition = mergeDefinition(current, change);
          const next = await client.preview(definition);
          checkEnd(next);
          if (flags.dryRun && flags.json)
            return output.print(JSON.stringify({ id, changed: Object.keys(change), next }));
          const lines = [`would be changed: ${changed}`, ...formatNextTimes(next, definition)].join('\n');
          if (flags.json) output.note(lines);
          else output.print(lines);
          if (flags.dryRun) return;
          if (!(await isConfirmed(`Change the schedule ${id}?`, flags, output)))
            return output.note('nothing was changed');
        }
        const info = await client.update(id, change);
        if (flags.json) output.print(JSON.stringify(info));
        else showSchedule(info, output);
      }),
    );
  addExamples(command, "schedule update nightly --cron '0 3 * * MON-FRI'");
}

/** Runs `work`; an error about a field names the flag that gives the field. */
function withNamedSchedules(id: string, flags: CreateFlags, work: (client: SchedulesClient) => Promise<void>) {
  const origins = [...flagOrigins({ id: ['<id>', id], group: ['--group', flags.group] }), ...definitionOrigins(flags)];
  return withFlagNames(origins, () => withSchedules(flags, work));
}

/** Returns the definition that the flags of `schedule create` give. @throws UsageError */
function parseNewDefinition(flags: CreateFlags): ScheduleDefinition {
  const definition = parseDefinitionFlags(flags) as ScheduleDefinition;
  const { run, batch, workflow, cron, every } = definition;
  const given = Object.entries({ '--agent': run, '--batch': batch, '--workflow': workflow })
    .filter(([, one]) => one !== undefined)
    .map(([flag]) => flag);
  if (given.length > 1) throw new UsageError(`give only one of ${given.join(' and ')}: a schedule starts one thing`);
  if (given.length === 0)
    throw new UsageError('give one of --agent, --batch and --workflow: it defines what the schedule starts');
  if (run && run.agentId === undefined) throw new UsageError('--agent is missing: it names what the schedule starts');
  if (!cron && !every)
    throw new UsageError("give --cron or --every: they define the times, e.g. --cron '0 2 * * MON-FRI' or --every 6h");
  return definition;
}

/**
 * Refuses a schedule whose end is in the past. The library allows such an end, since the schedule serves for a backfill.
 * @throws UsageError
 */
function checkEnd(next: string[]): void {
  if (next.length === 0)
    throw new UsageError('--end: is before the next start, so nothing would start: give a later time');
}
