import type { Command } from 'commander';
import type { OverlapPolicy, ScheduleDefinition } from '../../client';
import { collect } from '../collect';
import { mergeDefinition } from '../../client/schedules/merge-definition';
import { UsageError } from '../exit-codes';
import type { Output } from '../terminal/output';
import { type ConnectionFlags, addConnectionFlags, withSchedules } from '../connection';
import { addApply } from './apply';
import { isConfirmed } from './confirm';
import { type DefinitionFlags, parseDefinitionFlags, addDefinitionFlags } from './definition-flags';
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
    .description('what starts by itself: create, list, show, pause, resume, trigger, backfill, update, delete, apply');

  addCreate(schedules, output);
  addUpdate(schedules, output);
  addApply(schedules, output);
  addOperationCommands(schedules, output);

  addConnectionFlags(schedules.command('list'))
    .description('the schedules, by their ids')
    .option('--group <name>', 'only those of this group')
    .option('--agent <id>', 'only those that start runs of this agent')
    .option('--all', 'also those that were not made by this command or library')
    .action(({ group, agent: agentId, all, ...flags }: Flags & { group?: string; agent?: string; all?: boolean }) =>
      withSchedules(flags, async (client) => {
        const found = await collect(client.list({ group, agentId, all }));
        if (flags.json) output.print(JSON.stringify(found));
        else showSchedules(found, output);
      }),
    );

  addConnectionFlags(schedules.command('show <id>'))
    .description('what a schedule starts and when, what it started last, what it starts next')
    .action((id: string, flags: Flags) =>
      withSchedules(flags, async (client) => {
        const info = await client.show(id);
        if (flags.json) output.print(JSON.stringify(info));
        else showSchedule(info, output);
      }),
    );
}

function addCreate(schedules: Command, output: Output): void {
  addConnectionFlags(addDefinitionFlags(schedules.command('create <id>')))
    .description('make a schedule; shows first what it would start next, and asks')
    .option('--paused', 'starts nothing until it is resumed')
    .option('--group <name>', "its group, for schedule list and for apply's --prune")
    .option('--dry-run', 'only show what it would start next')
    .option('--yes', 'do not ask')
    .action((id: string, flags: CreateFlags) =>
      withSchedules(flags, async (client) => {
        const definition = parseDefinitionFlags(flags) as ScheduleDefinition;
        const next = await client.preview(definition);
        if (flags.dryRun && flags.json) return output.print(JSON.stringify({ id, next }));
        const lines = formatNextTimes(next, definition).join('\n');
        if (flags.json) output.note(lines);
        else output.print(lines);
        if (flags.dryRun) return;
        if (!(await isConfirmed(`Create the schedule ${id}?`, flags, output)))
          return output.note('nothing was created');
        const info = await client.create(id, definition, { group: flags.group });
        output.print(flags.json ? JSON.stringify(info) : `${id}: created`);
      }),
    );
}

function addUpdate(schedules: Command, output: Output): void {
  addConnectionFlags(addDefinitionFlags(schedules.command('update <id>')))
    .description(
      'change what the flags say; other times or another action take the place of the former; ' +
        'shows first what it would start next, and asks',
    )
    .option('--dry-run', 'only show what it would start next')
    .option('--yes', 'do not ask')
    .action((id: string, flags: CreateFlags) =>
      withSchedules(flags, async (client) => {
        const { definition: was, isOwn } = await client.show(id);
        const change = parseDefinitionFlags(flags, was);
        const changed = Object.keys(change).join(', ');
        if (changed === '') throw new UsageError('say what is changed, e.g. --cron or --message');
        // One of somebody else's is refused by the update itself.
        if (isOwn) {
          const definition = mergeDefinition(was, change);
          const next = await client.preview(definition);
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
}

function addOperationCommands(schedules: Command, output: Output): void {
  const printDone = (id: string, what: string, { json }: Flags) =>
    output.print(json ? JSON.stringify({ id, [what]: true }) : `${id}: ${what}`);

  addConnectionFlags(schedules.command('pause <id>'))
    .description('start nothing until it is resumed; what runs goes on')
    .option('--note <text>', 'why')
    .action((id: string, { note, ...flags }: Flags & { note?: string }) =>
      withSchedules(flags, async (client) => {
        await client.pause(id, { note });
        printDone(id, 'paused', flags);
      }),
    );

  addConnectionFlags(schedules.command('resume <id>'))
    .description('start again by its times')
    .option('--note <text>', 'why')
    .action((id: string, { note, ...flags }: Flags & { note?: string }) =>
      withSchedules(flags, async (client) => {
        await client.resume(id, { note });
        printDone(id, 'resumed', flags);
      }),
    );

  addConnectionFlags(schedules.command('trigger <id>'))
    .description('start it now, also while it is paused')
    .option('--overlap <policy>', "when the former still runs (default: the schedule's own policy)")
    .action((id: string, { overlap, ...flags }: Flags & { overlap?: OverlapPolicy }) =>
      withSchedules(flags, async (client) => {
        const { outcome, workflowId } = await client.trigger(id, { overlap });
        if (flags.json) return output.print(JSON.stringify({ id, outcome, workflowId }));
        output.print(`${id}: ${outcome}${workflowId ? ` ${workflowId}` : ''}`);
      }),
    );

  addConnectionFlags(schedules.command('backfill <id>'))
    .description('start it for the times of a window of the past')
    .requiredOption('--from <time>', 'ISO 8601 with an offset')
    .requiredOption('--to <time>', 'ISO 8601 with an offset')
    .option('--overlap <policy>', 'default: buffer-all, one after the other')
    .action(
      (id: string, { from, to, overlap, ...flags }: Flags & { from: string; to: string; overlap?: OverlapPolicy }) =>
        withSchedules(flags, async (client) => {
          await client.backfill(id, { from: parseTime(from, '--from'), to: parseTime(to, '--to'), overlap });
          printDone(id, 'backfilling', flags);
        }),
    );

  addConnectionFlags(schedules.command('delete <id>'))
    .description('start nothing more; what runs goes on')
    .action((id: string, flags: Flags) =>
      withSchedules(flags, async (client) => {
        await client.delete(id);
        printDone(id, 'deleted', flags);
      }),
    );
}

function parseTime(text: string, flag: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/i.test(text))
    throw new UsageError(`${flag}: must be an ISO 8601 time with its offset, such as 2027-01-01T00:00:00Z`);
  return time;
}
